-- On how many days each customer bought of a category or of a brand.
SELECT person, kind, name, count(*)::INTEGER AS n
FROM (
    SELECT DISTINCT person, day, 'category' AS kind, category AS name FROM bought_lines WHERE category IS NOT NULL
    UNION ALL
    SELECT DISTINCT person, day, 'brand', brand FROM bought_lines WHERE brand IS NOT NULL
)
GROUP BY person, kind, name
