-- The cost of each order of which every line's is known, less what came back.
SELECT c.space, c.order_id, count(*) AS lines, sum(c.cost) - coalesce(any_value(r.cost), 0) AS cost
FROM costed_lines AS c
LEFT JOIN returned_costs AS r USING (space, order_id)
GROUP BY c.space, c.order_id
