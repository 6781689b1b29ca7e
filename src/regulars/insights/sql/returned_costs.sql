-- What came back of each order, at the cost for which it had been bought.
SELECT r.space, r.order_id, sum(r.pieces * k.cost) AS cost
FROM refund_lines AS r
JOIN (
    SELECT c.space, c.order_id, l.product, max(c.cost / nullif(l.pieces, 0)) AS cost
    FROM costed_lines AS c
    JOIN order_lines AS l USING (space, order_id, line)
    GROUP BY c.space, c.order_id, l.product
) AS k USING (space, order_id, product)
CROSS JOIN parameters AS p
WHERE r.pieces IS NOT NULL AND r.day <= p.as_of
GROUP BY r.space, r.order_id
