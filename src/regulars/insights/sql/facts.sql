-- What is known of each customer who is computed, and bought, without looking at any other; a row a customer. Channels,
-- stores and currencies are those of `places`, by number.
SELECT
    c.customer, c.person, b.print, b.orders, b.first_order, b.last_order, g.days, g.gap_mean, g.gap_median, g.usual_gap,
    g.usual_gaps, g.late_gap, m.currency, m.paid, m.spend, m.refunded, m.discount, m.before_discount, m.spend_year,
    m.spends, coalesce(h.channels, CASE WHEN b.channel > 0 THEN [b.channel] ELSE [] END) AS channels, b.ways,
    coalesce(s.stores, CASE WHEN b.store > 0 THEN [b.store] ELSE [] END) AS stores
FROM buying AS b
JOIN people AS c USING (person)
JOIN money AS m USING (person)
LEFT JOIN gaps AS g USING (person)
LEFT JOIN channels AS h USING (person)
LEFT JOIN store_visits AS s USING (person)
