-- In which channels each customer bought, most orders first, and whether she did so in stores, elsewhere, or both ways.
SELECT person, [channel] AS channels, CASE WHEN channel = 'store' THEN 'store' ELSE 'online' END AS ways
FROM by_channel
ANTI JOIN several_channels USING (person)
UNION ALL
SELECT
    person, list(channel ORDER BY orders DESC, channel), CASE WHEN bool_or(channel = 'store') THEN 'both' ELSE 'online' END
FROM by_channel
SEMI JOIN several_channels USING (person)
GROUP BY person
