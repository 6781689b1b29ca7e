-- What each customer likes more than others do: lift = (n + 2) / (out_of * rate + 2), the mean of a rate's multiple under a
-- Gamma(2, 2) prior, so that few days say little; the three highest above 1.1 of each kind.
SELECT
    customer,
    list({'name': name, 'days': n, 'lift': lift} ORDER BY place) FILTER (kind = 'category') AS categories,
    list({'name': name, 'days': n, 'lift': lift} ORDER BY place) FILTER (kind = 'brand') AS brands,
    list({'name': name, 'products': n, 'lift': lift} ORDER BY place) FILTER (kind = 'saw category')
        AS viewed_categories,
    list({'name': name, 'products': n, 'lift': lift} ORDER BY place) FILTER (kind = 'saw brand') AS viewed_brands
FROM (
    SELECT *, row_number() OVER (PARTITION BY customer, kind ORDER BY lift DESC, n DESC, name) AS place
    FROM (
        SELECT t.customer, t.kind, t.name, t.n, round((t.n + 2) / (t.out_of * b.rate + 2), 1) AS lift
        FROM taste_rows AS t
        JOIN base_rates AS b USING (kind, name)
    )
    WHERE lift > 1.1
)
WHERE place <= 3
GROUP BY customer
