"""The shop's own things, folded from events: products with prices and stock, stores, articles, campaigns, coupons."""
