-- How many customers are in each stage of life, and what they spent in the year up to the as-of day.
SELECT stage, regular, currency, count(*)::INTEGER AS customers, sum(spend_year)::BIGINT AS spend_year
FROM insights
WHERE stage IS NOT NULL
GROUP BY stage, regular, currency
ORDER BY stage, regular, currency
