-- The categories and brands that each customer bought, and how many lines of hers are of it.
SELECT (pair >> 32)::INTEGER AS person, (pair & 4294967295)::INTEGER AS label, lines
FROM (
    SELECT person::BIGINT << 32 | category AS pair, count(*) AS lines FROM lines WHERE category IS NOT NULL GROUP BY pair
    UNION ALL
    SELECT person::BIGINT << 32 | brand AS pair, count(*) FROM lines WHERE brand IS NOT NULL GROUP BY pair
)
