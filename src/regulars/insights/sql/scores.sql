-- Recency, frequency and money in fifths, 5 the best; ties are broken by the next figure and last by the number, which is
-- in the order of the id, so that the order is total. Money is held against others of the same currency.
SELECT
    person,
    ntile(5) OVER (ORDER BY last_order, orders, person)::INTEGER AS r,
    ntile(5) OVER (ORDER BY orders, last_order, person)::INTEGER AS f,
    ntile(5) OVER (PARTITION BY currency ORDER BY spend, orders, person)::INTEGER AS m
FROM facts
