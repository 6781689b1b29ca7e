-- How many products of a category or of a brand each customer looked at without buying them.
SELECT person, label, count(*)::INTEGER AS n
FROM (
    SELECT person, category AS label FROM looked_at WHERE category IS NOT NULL
    UNION ALL
    SELECT person, brand FROM looked_at WHERE brand IS NOT NULL
)
GROUP BY person, label
