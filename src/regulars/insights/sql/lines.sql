-- What was bought: a row a line of an order that counts. `thing` is customer and product in one number, which is
-- quicker to look up than two.
SELECT
    c.person, l.day, l.time, c.person::BIGINT << 32 | g.number AS thing, g.category, g.brand
FROM order_lines AS l
JOIN people AS c USING (person)
JOIN labels AS g USING (product)
CROSS JOIN parameters AS p
WHERE NOT l.claimed AND l.day <= p.as_of
