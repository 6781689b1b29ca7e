-- What customers bought and looked at, a row each, out of how many.
SELECT customer, t.kind, t.name, t.n, CASE WHEN t.kind LIKE 'saw%' THEN looked ELSE bought END AS out_of
FROM (SELECT customer, bought, looked, unnest(tastes) AS t FROM facts)
