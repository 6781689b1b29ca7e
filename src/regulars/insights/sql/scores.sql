-- Recency, frequency and money in fifths, 5 the best; ties are broken by the next figure and last by the id, so that the
-- order is total. Money is held against others of the same currency.
SELECT
    customer,
    ntile(5) OVER (ORDER BY last_order, orders, customer)::INTEGER AS r,
    ntile(5) OVER (ORDER BY orders, last_order, customer)::INTEGER AS f,
    ntile(5) OVER (PARTITION BY main.currency ORDER BY main.spend, orders, customer)::INTEGER AS m
FROM facts
WHERE orders IS NOT NULL
