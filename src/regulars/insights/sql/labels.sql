-- Products by number, each with the numbers of its category and brand.
SELECT p.product, (row_number() OVER ())::INTEGER AS number, c.label AS category, b.label AS brand
FROM products AS p
LEFT JOIN names AS c ON c.kind = 'category' AND c.name = array_to_string(p.categories[1:2], ' > ')
LEFT JOIN names AS b ON b.kind = 'brand' AND b.name = p.brand
