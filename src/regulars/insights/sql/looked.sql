-- How many products of a category or of a brand each customer looked at without buying them.
SELECT person, kind, name, count(*)::INTEGER AS n
FROM (
    SELECT person, 'saw category' AS kind, category AS name FROM looked_at WHERE category IS NOT NULL
    UNION ALL
    SELECT person, 'saw brand', brand FROM looked_at WHERE brand IS NOT NULL
)
GROUP BY person, kind, name
