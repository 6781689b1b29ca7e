-- In which stores each customer of several bought: the ten of most orders, on ties by name.
SELECT
    person,
    list_transform(list_sort(list(store - orders * 4294967296))[1:10], lambda place: (place & 4294967295)::INTEGER)
        AS stores
FROM (
    SELECT person, store, count(*) AS orders
    FROM purchases
    SEMI JOIN (SELECT person FROM buying WHERE store <> other_store) AS s USING (person)
    WHERE store IS NOT NULL
    GROUP BY person, store
)
GROUP BY person
