-- The three highest lifts of each customer and kind.
SELECT
    person,
    list({'name': name, 'days': n, 'lift': lift} ORDER BY place) FILTER (kind = 'category' AND NOT looked) AS categories,
    list({'name': name, 'days': n, 'lift': lift} ORDER BY place) FILTER (kind = 'brand' AND NOT looked) AS brands,
    list({'name': name, 'products': n, 'lift': lift} ORDER BY place) FILTER (kind = 'category' AND looked)
        AS viewed_categories,
    list({'name': name, 'products': n, 'lift': lift} ORDER BY place) FILTER (kind = 'brand' AND looked)
        AS viewed_brands
FROM (
    SELECT
        l.person, l.looked, k.kind, k.name, l.n, l.lift,
        row_number() OVER (PARTITION BY l.person, l.looked, k.kind ORDER BY l.lift DESC, l.n DESC, l.label) AS place
    FROM lifts AS l
    JOIN names AS k USING (label)
)
WHERE place <= 3
GROUP BY person
