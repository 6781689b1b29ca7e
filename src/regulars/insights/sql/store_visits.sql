-- In which stores each customer bought: the ten of most orders.
SELECT person, list(store ORDER BY orders DESC, store)[1:10] AS stores
FROM (SELECT person, store, count(*) AS orders FROM purchases WHERE store IS NOT NULL GROUP BY person, store)
GROUP BY person
