-- Both, for the customers who are computed.
SELECT person, false AS looked, label, n FROM bought
UNION ALL
SELECT person, true, label, n FROM looked
