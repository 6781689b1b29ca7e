-- The orders of the customers who are computed.
SELECT s.person, s.time, s.day, s.channel, s.store, s.currency, s.paid, s.discount, s.refunded, s.spend
FROM sales AS s
SEMI JOIN who USING (person)
