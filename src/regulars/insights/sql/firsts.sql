-- The month of each customer's first purchase.
SELECT person, min(month) AS cohort FROM sales WHERE person IS NOT NULL GROUP BY person
