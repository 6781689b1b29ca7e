-- Each customer's currencies as a list, and the figures of the one of most of her orders (on ties the later in the
-- alphabet).
SELECT
    person, list({'currency': currency, 'orders': orders, 'spend': spend} ORDER BY orders DESC, currency) AS spends,
    max_by({
        'currency': currency, 'paid': paid, 'spend': spend, 'refunded': refunded, 'discount': discount,
        'before_discount': before_discount, 'spend_year': spend_year
    }, (orders, currency)) AS main
FROM by_currency
GROUP BY person
