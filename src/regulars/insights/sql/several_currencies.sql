-- What those who paid in several currencies paid in each: `place` is 1 for the one of most orders, on ties the first in
-- the alphabet; `spends` is all of them as a list.
SELECT
    b.*, row_number() OVER (PARTITION BY b.person ORDER BY b.orders DESC, b.currency) AS place,
    list({'currency': y.name, 'orders': b.orders, 'spend': b.spend} ORDER BY b.orders DESC, b.currency)
        OVER (PARTITION BY b.person) AS spends
FROM by_currency AS b
SEMI JOIN (SELECT person FROM buying WHERE currency <> other_currency) AS s USING (person)
JOIN places AS y ON y.label = b.currency
