-- Both as one list a customer.
SELECT person, list({'kind': kind, 'name': name, 'n': n}) AS tastes
FROM (SELECT * FROM bought UNION ALL SELECT * FROM looked)
GROUP BY person
