-- The first set: one row a customer, of whom who bought is known by facts; the others have only looked, if that.
SELECT
    f.customer, p.as_of, f.first_order, f.last_order, (p.as_of - f.last_order::DATE)::INTEGER AS recency, f.orders,
    coalesce(f.days, 1) AS days, coalesce(f.days, 1) >= 3 AS regular,
    CASE
        WHEN p.as_of - f.last_order::DATE > 6 * h.rhythm THEN 'lapsed'
        WHEN p.as_of - f.last_order::DATE > 3 * h.rhythm THEN 'slipping'
        WHEN p.as_of - f.first_order::DATE <= 3 * h.rhythm THEN 'new'
        WHEN f.late_gap > 6 * h.rhythm THEN 'won back'
        ELSE 'active'
    END AS stage,
    round(f.gap_mean, 2) AS gap_mean, f.gap_median, round(h.rhythm, 2) AS rhythm,
    n.names[f.currency] AS currency, f.spend, f.spend_year, f.refunded,
    round(f.refunded / nullif(f.paid, 0), 4) AS returns_share,
    round(f.discount / nullif(f.before_discount, 0), 4) AS discount_share,
    coalesce(f.spends, [{'currency': n.names[f.currency], 'orders': f.orders, 'spend': f.spend}]) AS spends,
    s.r, s.f, s.m, list_select(n.names, f.channels) AS channels, f.ways, list_select(n.names, f.stores) AS stores,
    coalesce(k.categories, 0) AS category_count,
    coalesce(a.categories, []) AS categories, coalesce(a.brands, []) AS brands,
    coalesce(a.viewed_categories, []) AS viewed_categories, coalesce(a.viewed_brands, []) AS viewed_brands
FROM facts AS f
LEFT JOIN rhythms AS h USING (person)
LEFT JOIN scores AS s USING (person)
LEFT JOIN affinities AS a USING (person)
LEFT JOIN category_counts AS k USING (person)
CROSS JOIN parameters AS p
CROSS JOIN (SELECT list(name ORDER BY label) AS names FROM places) AS n
UNION ALL BY NAME
SELECT
    c.customer, p.as_of, 0 AS orders, 0 AS days, false AS regular, [] AS channels, [] AS stores, 0 AS category_count,
    [] AS categories, [] AS brands, coalesce(a.viewed_categories, []) AS viewed_categories,
    coalesce(a.viewed_brands, []) AS viewed_brands
FROM people AS c
ANTI JOIN facts AS f USING (person)
LEFT JOIN affinities AS a USING (person)
CROSS JOIN parameters AS p
