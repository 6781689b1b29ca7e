-- The orders of the customers who are computed, with channel, store and currency as numbers.
SELECT
    s.person, s.time, s.day, h.label AS channel, s.channel = 'store' AS in_store, t.label AS store, y.label AS currency,
    s.paid, s.discount, s.refunded, s.spend, s.print
FROM sales AS s
SEMI JOIN who USING (person)
LEFT JOIN places AS h ON h.kind = 'channel' AND h.name = s.channel
LEFT JOIN places AS t ON t.kind = 'store' AND t.name = s.store
JOIN places AS y ON y.kind = 'currency' AND y.name = s.currency
