-- The grid of recency and frequency, in fifths: customers, their spend, and the mean of their fifth of money.
SELECT r, f, currency, count(*)::INTEGER AS customers, sum(spend)::BIGINT AS spend, round(avg(m), 2) AS money
FROM insights
WHERE r IS NOT NULL
GROUP BY r, f, currency
ORDER BY r, f, currency
