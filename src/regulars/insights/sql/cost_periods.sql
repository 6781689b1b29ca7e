-- Unit costs, each from when until when it held; a product's own cost has the variant ''.
SELECT
    product, coalesce(variant, '') AS variant, currency, amount, valid_from,
    coalesce(lead(valid_from) OVER (PARTITION BY product, coalesce(variant, ''), currency ORDER BY valid_from),
        TIMESTAMP '9999-12-31') AS valid_until
FROM prices
WHERE kind = 'cost'
