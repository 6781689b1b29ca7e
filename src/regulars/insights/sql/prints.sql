-- A number for each customer that changes when anything does that her facts are made of; nothing else is read of it.
SELECT person, (sum(print) % 18446744073709551616)::UBIGINT AS print
FROM (
    SELECT person, hash(time, channel, store, currency, paid, discount, refunded, spend) AS print
    FROM sales WHERE person IS NOT NULL
    UNION ALL
    SELECT person, hash(mark, time) FROM lines
    UNION ALL
    SELECT person, hash(mark, last) FROM looks
)
GROUP BY person
