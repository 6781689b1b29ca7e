-- Each customer's rhythm in days: her usual gap, drawn towards the shop's by two gaps of it, and no less than a week.
SELECT
    f.person,
    greatest(7.0, (coalesce(f.usual_gaps, 0) * coalesce(f.usual_gap, 0) + 2 * s.gap) / (coalesce(f.usual_gaps, 0) + 2))
        AS rhythm
FROM facts AS f
CROSS JOIN shop AS s
