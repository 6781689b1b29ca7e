-- What was bought: a row a line of an order that counts.
SELECT l.person, l.day, l.time, g.number, g.mark, g.category, g.brand
FROM order_lines AS l
JOIN labels AS g USING (product)
CROSS JOIN parameters AS p
WHERE NOT l.claimed AND l.day <= p.as_of AND l.person IS NOT NULL
