-- In how many categories each customer bought.
SELECT b.person, count(*)::INTEGER AS categories
FROM bought AS b
SEMI JOIN (SELECT label FROM names WHERE kind = 'category') AS n USING (label)
GROUP BY b.person
