-- What each customer bought on several days, or looked at several products of. Once says nothing of her.
SELECT person, false AS looked, label, n FROM bought_again WHERE n > 1
UNION ALL
SELECT person, true, label, n FROM looked_again
