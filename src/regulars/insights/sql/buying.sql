-- How often and between when each customer bought, and the first and the last of her channels, stores and currencies by
-- name, which differ where she has several.
SELECT
    person, count(*)::INTEGER AS orders, min(time) AS first_order, max(time) AS last_order,
    min(channel) AS channel, max(channel) AS other_channel, min(store) AS store, max(store) AS other_store,
    min(currency) AS currency, max(currency) AS other_currency,
    CASE WHEN bool_and(in_store) THEN 'store' WHEN bool_or(in_store) THEN 'both' WHEN max(channel) > 0 THEN 'online' END
        AS ways,
    hash(sum(print)) AS print
FROM purchases
GROUP BY person
