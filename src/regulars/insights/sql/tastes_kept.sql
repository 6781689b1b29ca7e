-- Tastes that still hold, by the numbers that customers have now.
SELECT k.person, t.looked, t.label, t.n
FROM tastes_before AS t
JOIN facts_before AS f ON f.person = t.person
JOIN facts_kept AS k ON k.customer = f.customer
