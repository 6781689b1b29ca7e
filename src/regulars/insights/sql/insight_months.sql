-- Revenue (paid, less tax where stated, less what was given back; discounts are off what was paid already) by month, of new
-- customers (in the month of their first purchase), returning ones and nobody; contribution is revenue less unit costs,
-- of those orders of which all costs are known.
SELECT
    s.month, CASE WHEN s.person IS NULL THEN 'unnamed' WHEN s.month = f.cohort THEN 'new' ELSE 'returning' END AS who,
    s.currency, count(*)::INTEGER AS orders, count(DISTINCT s.person)::INTEGER AS customers,
    sum(s.paid - s.tax - s.refunded)::BIGINT AS revenue, sum(s.discount)::BIGINT AS discount,
    sum(s.refunded)::BIGINT AS refunded,
    (sum(s.paid - s.tax - s.refunded) FILTER (k.lines = s.lines))::BIGINT AS costed_revenue,
    (sum(k.cost) FILTER (k.lines = s.lines))::BIGINT AS cost,
    (sum(s.paid - s.tax - s.refunded - k.cost) FILTER (k.lines = s.lines))::BIGINT AS contribution
FROM sales AS s
LEFT JOIN firsts AS f USING (person)
LEFT JOIN order_costs AS k USING (space, order_id)
GROUP BY s.month, CASE WHEN s.person IS NULL THEN 'unnamed' WHEN s.month = f.cohort THEN 'new' ELSE 'returning' END,
    s.currency
ORDER BY s.month, who, s.currency
