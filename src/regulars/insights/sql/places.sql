-- Channels, stores and currencies by number, in the order of their names.
SELECT (row_number() OVER (ORDER BY kind, name))::INTEGER AS label, kind, name
FROM (
    SELECT DISTINCT 'channel' AS kind, channel AS name FROM sales WHERE channel IS NOT NULL
    UNION ALL
    SELECT DISTINCT 'store', store FROM sales WHERE store IS NOT NULL
    UNION ALL
    SELECT DISTINCT 'currency', currency FROM sales
)
