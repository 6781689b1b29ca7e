-- On how many days each customer bought of a category or of a brand, where she has several lines of it.
SELECT person, label, count(DISTINCT day)::INTEGER AS n
FROM (
    SELECT person, category AS label, day FROM lines
    UNION ALL
    SELECT person, brand, day FROM lines
)
SEMI JOIN (SELECT person, label FROM bought WHERE lines > 1) AS b USING (person, label)
GROUP BY person, label
