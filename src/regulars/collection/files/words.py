"""What columns are commonly called, and what they then mean."""

_CALLED: dict[str, str] = {
    "user_id": "user id|customer id|customer number|customer no|client id|customer|kundennummer|customer code",
    "email": "email|e mail|email address|mail|customer email|billing email",
    "phone": "phone|phone number|telephone|mobile|mobile phone|customer phone|tel",
    "loyalty_id": "loyalty id|card|card number|loyalty card|member id|membership number|loyalty number|member no",
    "anonymous_id": "anonymous id|cookie|cookie id|visitor id|client id cookie|session id",
    "first_name": "first name|firstname|given name|vorname",
    "last_name": "last name|lastname|surname|family name|nachname",
    "full_name": "full name|customer name|name",
    "birthday": "birthday|birth date|date of birth|dob",
    "city": "city|town|address city|billing city",
    "street": "street|address|address 1|address line 1|street address",
    "postal_code": "postal code|zip|zip code|postcode|psc|plz",
    "country": "country|country code",
    "region": "region|state|province|county",
    "gender": "gender|sex",
    "language": "language|locale|lang",
    "order_id": "order id|order|order number|order no|basket id|transaction id|bon id|invoice|invoice number",
    "receipt_id": "receipt|receipt id|receipt number|receipt no|bon|ticket|document",
    "time": "time|date|timestamp|created at|created|order date|datetime|date time|sold at|ordered at|when|"
    "occurred at|updated at",
    "total": "total|order total|grand total|total amount|amount paid",
    "tax": "tax|vat|taxes",
    "shipping": "shipping|shipping cost|delivery cost|shipping total",
    "discount": "discount|discount amount|rebate",
    "currency": "currency|currency code",
    "coupon": "coupon|coupon code|discount code|voucher",
    "store_id": "store|store id|shop|branch|location|location id|outlet|store number",
    "till_id": "till|till id|register|pos|terminal|till number",
    "associate_id": "cashier|associate|seller|employee|staff|operator",
    "product_id": "product id|product|article|article number|item id|item|item number|article id|plu",
    "sku": "sku|item sku|product sku|stock code|stockcode",
    "gtin": "gtin|ean|barcode|upc|ean13",
    "variant_id": "variant id|variant",
    "quantity": "quantity|qty|units|pieces|count|stock|on hand|menge|available",
    "price": "price|unit price|unitprice|item price|sale price|retail price",
    "list_price": "list price|compare at price|regular price|rrp|msrp",
    "cost": "cost|unit cost|cost price|purchase price|cost per item",
    "amount": "amount|line total|value|net sales|sales value|line amount|refund amount",
    "category": "category|category path|product type|group|department|type of product|product category",
    "brand": "brand|manufacturer|vendor|maker",
    "title": "product name|item name|title|article name|product title|article title",
    "description": "description|item description",
    "size": "size", "colour": "colour|color", "image_url": "image|image url|picture|photo",
    "url": "url|link|product url",
    "refund_id": "refund id|refund|return id|credit note", "reason": "reason|refund reason|return reason",
    "status": "status|state of order|delivery status|shipment status|order status",
    "carrier": "carrier|courier|shipper", "tracking_number": "tracking number|tracking|tracking code|tracking no",
    "shipment_id": "shipment id|shipment|parcel",
    "event": "event|event name|action|event type", "article_id": "article key|post id|page id",
    "body": "body|content|html|text",
    "topics": "topics|tags", "timezone": "timezone|time zone", "opening_hours": "opening hours|hours",
    "latitude": "latitude|lat", "longitude": "longitude|lon|lng", "tier": "tier|level|status level",
    "points": "points|balance|points balance", "joined_at": "joined|joined at|member since|join date|enrolled at",
    "purpose": "purpose", "consent": "consent|opt in|accepts marketing|subscribed|newsletter",
}  # fmt: skip

MEANINGS: dict[str, str] = {said: meaning for meaning, names in _CALLED.items() for said in names.split("|")}
"""A column's name, in small letters with blanks, to the field that it most likely is."""

COMMON: dict[str, str] = {
    "first_name": "firstName", "last_name": "lastName", "full_name": "name", "birthday": "birthday",
    "city": "address.city", "street": "address.street", "postal_code": "address.postalCode",
    "country": "address.country",
    "region": "address.region", "gender": "gender", "language": "language",
}  # fmt: skip
"""Fields that are traits of a person, and the trait's name."""

ALSO: dict[str, dict[str, str]] = {
    "order lines": {"title": "name", "description": "name", "amount": "total"},
    "orders": {"amount": "total"},
    "refunds": {"title": "name", "total": "amount"},
    "products": {"title": "name", "full_name": "name"},
    "stores": {"full_name": "name", "title": "name"},
}
"""What a meaning is called in files of a kind where it is called otherwise."""

KEYS: dict[str, dict[str, int]] = {
    "order lines": {"order_id": 3, "receipt_id": 3, "product_id": 3, "sku": 2, "quantity": 3, "price": 1, "time": 1,
                    "amount": 1},
    "orders": {"order_id": 4, "receipt_id": 3, "total": 4, "time": 1, "currency": 1, "shipping": 1},
    "refunds": {"order_id": 2, "refund_id": 6, "reason": 4, "amount": 1},
    "shipments": {"order_id": 2, "tracking_number": 5, "carrier": 3, "status": 2, "shipment_id": 2},
    "members": {"loyalty_id": 3, "tier": 4, "points": 4, "joined_at": 4, "email": 1},
    "customers": {"email": 3, "phone": 2, "first_name": 3, "last_name": 3, "user_id": 1, "city": 1, "birthday": 2},
    "consents": {"purpose": 6, "consent": 2},
    "stock": {"product_id": 2, "sku": 2, "store_id": 3, "quantity": 3},
    "stores": {"store_id": 4, "opening_hours": 4, "timezone": 3, "latitude": 3, "longitude": 2, "city": 1},
    "products": {"product_id": 3, "sku": 2, "gtin": 3, "price": 1, "brand": 2, "category": 2, "title": 2, "cost": 2,
                 "image_url": 2, "list_price": 2, "description": 1},
    "articles": {"article_id": 4, "body": 5, "title": 1, "topics": 2},
    "events": {"event": 5, "anonymous_id": 4, "url": 2, "time": 1},
}  # fmt: skip
"""How strongly each field speaks for a kind of file."""
