-- Facts that still hold, by the numbers that customers have now: of those who are there, and were not computed anew.
SELECT f.* REPLACE (c.person AS person)
FROM facts_before AS f
JOIN people AS c USING (customer)
JOIN prints AS n ON n.person = c.person
ANTI JOIN who AS w ON w.person = c.person
