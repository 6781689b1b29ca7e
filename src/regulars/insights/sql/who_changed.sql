-- Customers to be computed: whose orders are no longer what they were, or are the first ones.
SELECT c.person
FROM people AS c
JOIN prints AS n USING (person)
LEFT JOIN facts_before AS f USING (customer)
WHERE f.print IS DISTINCT FROM n.print
UNION
SELECT person FROM moved
