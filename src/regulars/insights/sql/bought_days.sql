-- The days on which each customer bought anything that the catalogue knows.
SELECT DISTINCT person, day FROM lines
