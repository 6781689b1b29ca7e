-- How many orders each customer has in each channel.
SELECT person, channel, count(*) AS orders FROM purchases WHERE channel IS NOT NULL GROUP BY person, channel
