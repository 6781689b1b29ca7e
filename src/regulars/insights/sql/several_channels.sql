-- Who bought in several channels; the others need no sorting, and are most.
SELECT person FROM by_channel GROUP BY person HAVING count(*) > 1
