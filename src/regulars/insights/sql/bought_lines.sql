-- The lines of the customers who are computed.
SELECT person, day, time, number, category, brand
FROM lines
SEMI JOIN who USING (person)
