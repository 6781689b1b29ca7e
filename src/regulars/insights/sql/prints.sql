-- A number for each customer that changes when anything does that her facts are made of; nothing else is read of it.
SELECT person, (sum(print) % 18446744073709551616)::UBIGINT AS print
FROM (
    SELECT person, hash(space, order_id, time, channel, store, currency, paid, discount, refunded, spend) AS print
    FROM sales WHERE person IS NOT NULL
    UNION ALL
    SELECT l.person, hash(l.space, l.order_id, l.line, l.time, l.product)
    FROM order_lines AS l CROSS JOIN parameters AS p WHERE NOT l.claimed AND l.day <= p.as_of AND l.person IS NOT NULL
    UNION ALL
    SELECT i.person, hash(i.product, i.last)
    FROM interactions AS i CROSS JOIN parameters AS p
    WHERE i.kind = 'viewed' AND i.day <= p.as_of AND i.person IS NOT NULL
)
GROUP BY person
