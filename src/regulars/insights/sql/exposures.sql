-- Out of how many, for those who have tastes: the days on which a customer bought anything that the catalogue knows, the
-- products that she looked at without buying.
SELECT person, false AS looked, count(*) AS n
FROM bought_days
SEMI JOIN (SELECT person FROM tastes WHERE NOT looked) AS t USING (person)
GROUP BY person
UNION ALL
SELECT person, true, count(*)
FROM looked_at
SEMI JOIN (SELECT person FROM tastes WHERE looked) AS t USING (person)
GROUP BY person
