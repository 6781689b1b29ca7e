-- What customers like more than others do: lift = (n + 2) / (out_of * rate + 2), the mean of a rate's multiple under a
-- Gamma(2, 2) prior, so that few days say little. One day, or one product, says nothing.
SELECT *
FROM (
    SELECT t.person, t.looked, t.label, t.n, round((t.n + 2) / (e.n * b.rate + 2), 1) AS lift
    FROM tastes AS t
    JOIN base_rates AS b USING (looked, label)
    JOIN exposures AS e USING (person, looked)
)
WHERE lift > 1.1
