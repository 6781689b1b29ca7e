-- Customers by the month of their first purchase, and how many of them bought so many months later.
SELECT
    f.cohort, date_diff('month', f.cohort, s.month)::INTEGER AS months, count(*)::INTEGER AS customers
FROM (SELECT DISTINCT person, month FROM sales WHERE person IS NOT NULL) AS s
JOIN firsts AS f USING (person)
GROUP BY f.cohort, s.month
ORDER BY f.cohort, months
