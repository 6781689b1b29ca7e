-- The customers of whom there is insight: records that several people share have none.
SELECT person, customer FROM customers WHERE kind <> 'shared'
