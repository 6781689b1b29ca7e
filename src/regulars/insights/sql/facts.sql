-- What is known of each customer who is computed without looking at any other; a row a customer.
SELECT
    c.customer, f.print, b.orders, b.first_order, b.last_order, g.days, g.gap_mean, g.gap_median, g.usual_gap,
    g.usual_gaps, g.late_gap, m.spends, m.main, h.channels, h.ways, s.stores, t.tastes, e.bought, e.looked
FROM who AS w
JOIN customers AS c USING (person)
LEFT JOIN prints AS f USING (person)
LEFT JOIN buying AS b USING (person)
LEFT JOIN gaps AS g USING (person)
LEFT JOIN money AS m USING (person)
LEFT JOIN channels AS h USING (person)
LEFT JOIN store_visits AS s USING (person)
LEFT JOIN tastes AS t USING (person)
LEFT JOIN exposures AS e USING (person)
