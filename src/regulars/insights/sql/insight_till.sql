-- Sales at tills in the year up to the as-of day, and how many of them are somebody's.
SELECT count(*)::INTEGER AS sales, count(s.person)::INTEGER AS named
FROM sales AS s
CROSS JOIN parameters AS p
WHERE s.channel = 'store' AND s.day > p.as_of - 365
