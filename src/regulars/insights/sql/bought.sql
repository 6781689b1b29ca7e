-- On how many days each customer bought of a category or of a brand.
SELECT person, label, count(*)::INTEGER AS n
FROM (
    SELECT DISTINCT person, day, category AS label FROM bought_lines WHERE category IS NOT NULL
    UNION ALL
    SELECT DISTINCT person, day, brand FROM bought_lines WHERE brand IS NOT NULL
)
GROUP BY person, label
