-- Out of how many: the days on which a customer bought anything, the products that she looked at without buying.
SELECT person, sum(bought)::INTEGER AS bought, sum(looked)::INTEGER AS looked
FROM (
    SELECT person, count(DISTINCT day) AS bought, 0 AS looked FROM bought_lines GROUP BY person
    UNION ALL
    SELECT person, 0, count(*) FROM looked_at GROUP BY person
)
GROUP BY person
