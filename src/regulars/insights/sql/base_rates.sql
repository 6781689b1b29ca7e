-- How often a category or brand comes up with all customers: of their days or products together.
SELECT t.looked, t.label, sum(t.n) / any_value(CASE WHEN t.looked THEN a.looked ELSE a.bought END) AS rate
FROM tastes AS t
CROSS JOIN (SELECT sum(bought) AS bought, sum(looked) AS looked FROM facts) AS a
GROUP BY t.looked, t.label
