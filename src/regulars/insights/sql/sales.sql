-- Orders that count: up to the as-of day, vouched for by a system of the shop, not called off. `person` is NULL where an
-- order is nobody's, or of a record that several people share. `print` changes when anything of facts does.
SELECT
    c.person, o.space, o.order_id, o.time, o.day, date_trunc('month', o.day)::DATE AS month, o.channel, o.store,
    coalesce(o.currency, '') AS currency, coalesce(o.total, 0) AS paid, o.discount, coalesce(o.tax, 0) AS tax,
    coalesce(o.refunded, 0) AS refunded, coalesce(o.spend, 0) AS spend, o.lines, o.origin,
    (hash(o.time, o.channel, o.store, o.currency, o.total, o.discount, o.refunded, o.spend) >> 1)::BIGINT AS print
FROM orders AS o
CROSS JOIN parameters AS p
LEFT JOIN people AS c ON c.person = o.person
WHERE NOT o.claimed AND o.day <= p.as_of
