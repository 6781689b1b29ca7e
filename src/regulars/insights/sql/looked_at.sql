-- Products that a customer looked at and did not buy on that occasion or later: no line of hers at or after the last
-- look.
SELECT v.person, v.number, v.category, v.brand
FROM (
    SELECT i.person, g.number, any_value(g.category) AS category, any_value(g.brand) AS brand, max(i.last) AS last
    FROM interactions AS i
    JOIN labels AS g USING (product)
    SEMI JOIN who USING (person)
    CROSS JOIN parameters AS p
    WHERE i.kind = 'viewed' AND i.day <= p.as_of
    GROUP BY i.person, g.number
) AS v
ANTI JOIN bought_lines AS b ON b.person = v.person AND b.number = v.number AND b.time >= v.last
