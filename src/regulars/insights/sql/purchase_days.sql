-- The days on which each customer bought, each with the days since the one before, and how many came later.
SELECT
    person, day, (day - lag(day) OVER (PARTITION BY person ORDER BY day))::INTEGER AS gap,
    row_number() OVER (PARTITION BY person ORDER BY day DESC) - 1 AS later
FROM (SELECT DISTINCT person, day FROM purchases)
