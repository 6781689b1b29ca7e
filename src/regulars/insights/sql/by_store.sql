-- How many orders each customer has in each store.
SELECT person, store, count(*) AS orders FROM purchases WHERE store IS NOT NULL GROUP BY person, store
