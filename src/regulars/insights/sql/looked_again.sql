-- How many products of a category or of a brand each customer looked at without buying them, where several.
SELECT (pair >> 32)::INTEGER AS person, (pair & 4294967295)::INTEGER AS label, n
FROM (
    SELECT person::BIGINT << 32 | category AS pair, count(*)::INTEGER AS n
    FROM looked_at WHERE category IS NOT NULL GROUP BY pair
    UNION ALL
    SELECT person::BIGINT << 32 | brand AS pair, count(*)::INTEGER AS n
    FROM looked_at WHERE brand IS NOT NULL GROUP BY pair
)
WHERE n > 1
