-- Categories (the first two steps of their path) and brands by number, in the order of their names.
SELECT (row_number() OVER (ORDER BY kind, name))::INTEGER AS label, kind, name
FROM (
    SELECT DISTINCT 'category' AS kind, array_to_string(categories[1:2], ' > ') AS name FROM products
    WHERE len(categories) > 0
    UNION ALL
    SELECT DISTINCT 'brand', brand FROM products WHERE brand <> ''
)
