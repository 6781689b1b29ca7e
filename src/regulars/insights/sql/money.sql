-- Each customer's figures in the currency of most of her orders, and all her currencies as a list.
SELECT
    a.person, a.currency, a.paid, a.spend, a.refunded, a.discount, a.before_discount, a.spend_year,
    coalesce(m.spends, [{'currency': a.currency, 'orders': a.orders, 'spend': a.spend}]) AS spends
FROM by_currency AS a
LEFT JOIN (
    SELECT person, list({'currency': currency, 'orders': orders, 'spend': spend} ORDER BY place) AS spends
    FROM by_currency
    WHERE person IN (SELECT person FROM by_currency WHERE place = 2)
    GROUP BY person
) AS m USING (person)
WHERE a.place = 1
