-- Facts that still hold: of customers who are there, and were not computed anew.
SELECT f.*
FROM facts_before AS f
JOIN customers AS c USING (customer)
ANTI JOIN who AS w ON w.person = c.person
WHERE c.kind <> 'shared'
