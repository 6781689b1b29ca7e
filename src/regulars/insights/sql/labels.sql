-- Products by number, with the first two steps of their category and their brand.
SELECT
    product, (row_number() OVER (ORDER BY product))::INTEGER AS number,
    nullif(array_to_string(categories[1:2], ' > '), '') AS category, nullif(brand, '') AS brand
FROM products
