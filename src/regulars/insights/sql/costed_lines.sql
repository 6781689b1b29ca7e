-- Lines whose cost is known: pieces by the variant's unit cost when they were bought, else by the product's.
SELECT l.space, l.order_id, l.line, l.pieces * max_by(k.amount, k.variant) AS cost
FROM order_lines AS l
JOIN cost_periods AS k ON k.product = l.product AND k.currency = l.currency AND k.variant IN ('', coalesce(l.variant, ''))
    AND l.time >= k.valid_from AND l.time < k.valid_until
WHERE l.pieces IS NOT NULL AND k.amount IS NOT NULL
GROUP BY l.space, l.order_id, l.line, l.pieces
