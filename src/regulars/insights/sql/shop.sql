-- The shop's own rhythm: the median of what is usual for customers with at least two usual gaps; 30 days where there
-- are none.
SELECT coalesce(median(usual_gap), 30.0) AS gap FROM facts WHERE usual_gaps >= 2
