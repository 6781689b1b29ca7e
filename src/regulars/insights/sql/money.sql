-- Each customer's figures in the currency of most of her orders, and a list of all her currencies where she has several.
SELECT a.* EXCLUDE (orders), NULL AS spends FROM by_currency AS a ANTI JOIN several_currencies AS s USING (person)
UNION ALL
SELECT s.* EXCLUDE (orders, place) FROM several_currencies AS s WHERE s.place = 1
