-- Products that a customer looked at and did not buy on that occasion or later: no line of hers at or after the last
-- look.
SELECT v.person, g.category, g.brand
FROM (SELECT person, number, max(last) AS last FROM looks SEMI JOIN who USING (person) GROUP BY person, number) AS v
ANTI JOIN bought_lines AS b ON b.person = v.person AND b.number = v.number AND b.time >= v.last
JOIN labels AS g ON g.number = v.number
