-- How often, and between when, each customer bought.
SELECT person, count(*)::INTEGER AS orders, min(time) AS first_order, max(time) AS last_order
FROM purchases
GROUP BY person
