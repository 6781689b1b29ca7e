-- How many of the orders that count are example data.
SELECT count(*)::INTEGER AS orders, (count(*) FILTER (origin = 'simulated'))::INTEGER AS example FROM sales
