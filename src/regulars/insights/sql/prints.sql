-- A number for each customer that changes when anything does that her facts are made of; nothing else is read of it.
SELECT person, hash(sum(print)) AS print FROM sales WHERE person IS NOT NULL GROUP BY person
