-- What was bought: a row a line of an order that counts.
SELECT l.person, l.day, l.time, g.number, g.category, g.brand
FROM order_lines AS l
JOIN labels AS g USING (product)
SEMI JOIN who USING (person)
CROSS JOIN parameters AS p
WHERE NOT l.claimed AND l.day <= p.as_of
