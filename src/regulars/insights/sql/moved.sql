-- Customers of whom an order has left or come into the year before the as-of day, since it was another day.
SELECT DISTINCT s.person
FROM sales AS s
CROSS JOIN parameters AS p
WHERE s.person IS NOT NULL
    AND (s.day > p.as_of - 365) <> (s.day > p.before - 365 AND s.day <= p.before)
