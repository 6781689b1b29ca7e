-- What was looked at: a row a customer, product and day.
SELECT c.person::BIGINT << 32 | g.number AS thing, i.last
FROM interactions AS i
JOIN people AS c USING (person)
JOIN labels AS g USING (product)
CROSS JOIN parameters AS p
WHERE i.kind = 'viewed' AND i.day <= p.as_of
