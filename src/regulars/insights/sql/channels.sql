-- In which channels each customer bought, most orders first, and whether she did so in stores, elsewhere, or both ways.
SELECT
    person, list(channel ORDER BY orders DESC, channel) AS channels,
    CASE WHEN bool_and(channel = 'store') THEN 'store' WHEN bool_or(channel = 'store') THEN 'both' ELSE 'online' END
        AS ways
FROM (SELECT person, channel, count(*) AS orders FROM purchases WHERE channel IS NOT NULL GROUP BY person, channel)
GROUP BY person
