-- In how many categories each customer bought.
SELECT t.person, count(*)::INTEGER AS categories
FROM bought AS t
JOIN names AS n ON n.label = t.label AND n.kind = 'category'
GROUP BY t.person
