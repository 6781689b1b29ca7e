-- The first set: one row a customer.
SELECT
    f.customer, p.as_of, f.first_order, f.last_order, (p.as_of - f.last_order::DATE)::INTEGER AS recency,
    coalesce(f.orders, 0) AS orders,
    CASE WHEN f.orders IS NULL THEN 0 ELSE coalesce(f.days, 1) END AS days,
    coalesce(f.days, 1) >= 3 AS regular,
    CASE
        WHEN f.orders IS NULL THEN NULL
        WHEN p.as_of - f.last_order::DATE > 6 * h.rhythm THEN 'lapsed'
        WHEN p.as_of - f.last_order::DATE > 3 * h.rhythm THEN 'slipping'
        WHEN p.as_of - f.first_order::DATE <= 3 * h.rhythm THEN 'new'
        WHEN f.late_gap > 6 * h.rhythm THEN 'won back'
        ELSE 'active'
    END AS stage,
    round(f.gap_mean, 2) AS gap_mean, f.gap_median, round(h.rhythm, 2) AS rhythm,
    f.currency, f.spend, f.spend_year, f.refunded,
    round(f.refunded / nullif(f.paid, 0), 4) AS returns_share,
    round(f.discount / nullif(f.before_discount, 0), 4) AS discount_share,
    f.spends, s.r, s.f, s.m, coalesce(f.channels, []) AS channels, f.ways, coalesce(f.stores, []) AS stores,
    coalesce(f.category_count, 0) AS category_count,
    coalesce(a.categories, []) AS categories, coalesce(a.brands, []) AS brands,
    coalesce(a.viewed_categories, []) AS viewed_categories, coalesce(a.viewed_brands, []) AS viewed_brands
FROM facts AS f
CROSS JOIN parameters AS p
LEFT JOIN rhythms AS h USING (person)
LEFT JOIN scores AS s USING (person)
LEFT JOIN affinities AS a USING (person)
