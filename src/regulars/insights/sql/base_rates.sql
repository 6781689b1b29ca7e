-- How often a category or brand comes up with all customers: of their days or products together.
SELECT t.looked, t.label, sum(t.n) / any_value(a.n) AS rate
FROM (
    SELECT false AS looked, label, count(*) AS n FROM bought WHERE lines = 1 GROUP BY label
    UNION ALL
    SELECT false, label, sum(n) FROM bought_again GROUP BY label
    UNION ALL
    SELECT true, category, count(*) FROM looked_at GROUP BY category
    UNION ALL
    SELECT true, brand, count(*) FROM looked_at GROUP BY brand
) AS t
JOIN (
    SELECT false AS looked, count(*) AS n FROM bought_days
    UNION ALL
    SELECT true, count(*) FROM looked_at
) AS a USING (looked)
GROUP BY t.looked, t.label
