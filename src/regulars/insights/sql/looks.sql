-- What was looked at: a row a customer, product and day.
SELECT i.person, i.last, g.number, g.mark
FROM interactions AS i
JOIN labels AS g USING (product)
CROSS JOIN parameters AS p
WHERE i.kind = 'viewed' AND i.day <= p.as_of AND i.person IS NOT NULL
