-- How often a category or brand comes up with all customers: of their days or products together.
SELECT r.kind, r.name, sum(r.n) / any_value(CASE WHEN r.kind LIKE 'saw%' THEN a.looked ELSE a.bought END) AS rate
FROM taste_rows AS r
CROSS JOIN (SELECT sum(bought) AS bought, sum(looked) AS looked FROM facts) AS a
GROUP BY r.kind, r.name
