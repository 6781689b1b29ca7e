-- Products that a customer looked at and did not buy on that occasion or later: no line of hers at or after the last
-- look.
SELECT (v.thing >> 32)::INTEGER AS person, g.category, g.brand
FROM (SELECT DISTINCT thing FROM looks AS k ANTI JOIN lines AS l ON l.thing = k.thing AND l.time >= k.last) AS v
JOIN labels AS g ON g.number = v.thing & 4294967295
