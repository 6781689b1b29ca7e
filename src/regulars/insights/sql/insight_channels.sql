-- Which channels customers bought in, as sets: who bought in exactly these.
SELECT list_sort(channels) AS channels, currency, count(*)::INTEGER AS customers, sum(orders)::INTEGER AS orders,
    sum(spend)::BIGINT AS spend
FROM insights
WHERE len(channels) > 0
GROUP BY list_sort(channels), currency
ORDER BY customers DESC, channels, currency
