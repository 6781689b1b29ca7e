-- In which channels each customer of several bought, most orders first, on ties by name.
SELECT
    person,
    list_transform(list_sort(list(channel - orders * 4294967296)), lambda place: (place & 4294967295)::INTEGER)
        AS channels
FROM (
    SELECT person, channel, count(*) AS orders
    FROM purchases
    SEMI JOIN (SELECT person FROM buying WHERE channel <> other_channel) AS s USING (person)
    WHERE channel IS NOT NULL
    GROUP BY person, channel
)
GROUP BY person
