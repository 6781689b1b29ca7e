-- In which stores each customer bought: the ten of most orders.
SELECT person, [store] AS stores FROM by_store ANTI JOIN several_stores USING (person)
UNION ALL
SELECT person, list(store ORDER BY orders DESC, store)[1:10]
FROM by_store
SEMI JOIN several_stores USING (person)
GROUP BY person
