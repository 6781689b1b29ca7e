-- What each customer paid in each currency; amounts in minor units. Of orders that state a discount: what it was, and
-- what they came to before it.
SELECT
    u.person, u.currency, count(*) AS orders, sum(u.paid)::BIGINT AS paid, sum(u.spend)::BIGINT AS spend,
    sum(u.refunded)::BIGINT AS refunded, sum(u.discount)::BIGINT AS discount,
    (sum(u.paid + u.discount) FILTER (u.discount IS NOT NULL))::BIGINT AS before_discount,
    coalesce(sum(u.spend) FILTER (u.day > p.as_of - 365), 0)::BIGINT AS spend_year
FROM purchases AS u
CROSS JOIN parameters AS p
GROUP BY u.person, u.currency
