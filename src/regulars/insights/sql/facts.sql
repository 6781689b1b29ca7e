-- What is known of each customer who is computed without looking at any other; a row a customer.
SELECT
    c.customer, c.person, f.print, b.orders, b.first_order, b.last_order, g.days, g.gap_mean, g.gap_median, g.usual_gap,
    g.usual_gaps, g.late_gap, m.currency, m.paid, m.spend, m.refunded, m.discount, m.before_discount, m.spend_year,
    m.spends, h.channels, h.ways, s.stores, k.categories AS category_count, e.bought, e.looked
FROM who AS w
JOIN customers AS c USING (person)
LEFT JOIN prints AS f USING (person)
LEFT JOIN buying AS b USING (person)
LEFT JOIN gaps AS g USING (person)
LEFT JOIN money AS m USING (person)
LEFT JOIN channels AS h USING (person)
LEFT JOIN store_visits AS s USING (person)
LEFT JOIN category_counts AS k USING (person)
LEFT JOIN exposures AS e USING (person)
