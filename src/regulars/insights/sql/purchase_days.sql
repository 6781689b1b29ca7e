-- The days on which each customer bought who bought on several, in their order, as days since 1970.
SELECT person, list_sort(list(day)) AS days
FROM (
    SELECT DISTINCT person, day - DATE '1970-01-01' AS day FROM purchases
    SEMI JOIN (SELECT person FROM buying WHERE orders > 1) AS s USING (person)
)
GROUP BY person
HAVING count(*) > 1
