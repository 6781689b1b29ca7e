-- Customers to be computed: new ones, and those whose facts are no longer what they were.
SELECT c.person
FROM customers AS c
LEFT JOIN facts_before AS f ON f.customer = c.customer
LEFT JOIN prints AS n ON n.person = c.person
WHERE c.kind <> 'shared' AND (f.customer IS NULL OR f.print IS DISTINCT FROM n.print)
UNION
SELECT person FROM moved
