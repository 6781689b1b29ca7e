-- Who bought in several stores.
SELECT person FROM by_store GROUP BY person HAVING count(*) > 1
