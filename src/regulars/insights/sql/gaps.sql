-- The gaps of each customer, and their median without the longest, since a pause is no rhythm.
SELECT
    person, (count(*) + 1)::INTEGER AS days, avg(gap) AS gap_mean, median(gap) AS gap_median,
    median(gap) FILTER (longest > 1) AS usual_gap, (count(*) - 1)::INTEGER AS usual_gaps,
    max(gap) FILTER (later < 3) AS late_gap
FROM (
    SELECT person, gap, later, row_number() OVER (PARTITION BY person ORDER BY gap DESC, day) AS longest
    FROM purchase_days
    WHERE gap IS NOT NULL
)
GROUP BY person
