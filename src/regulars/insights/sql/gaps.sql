-- The gaps of each customer, and their median without the longest, since a pause is no rhythm.
SELECT
    person, (len(gaps) + 1)::INTEGER AS days, list_avg(gaps) AS gap_mean,
    (sorted[(len(gaps) + 1) // 2] + sorted[(len(gaps) + 2) // 2]) / 2 AS gap_median,
    (sorted[len(gaps) // 2] + sorted[(len(gaps) + 1) // 2]) / 2 AS usual_gap,
    (len(gaps) - 1)::INTEGER AS usual_gaps, list_max(gaps[-3:])::INTEGER AS late_gap
FROM (
    SELECT person, gaps, list_sort(gaps) AS sorted
    FROM (SELECT person, list_transform(days[2:], lambda day, i: day - days[i]) AS gaps FROM purchase_days)
)
