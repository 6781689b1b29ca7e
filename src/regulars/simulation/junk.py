"""Values that careless senders put where an identifier should be; they point at nobody."""

JUNK: dict[str, tuple[str, ...]] = {
    "user_id": ("null", "undefined", "0", "-1", "anonymous", "[object Object]", "NaN"),
    "anonymous_id": ("undefined", "null", "00000000-0000-0000-0000-000000000000"),
    "email": ("test@test.com", "test@test.cz", "noreply@lindenpost.net", "null", "undefined"),
    "phone": ("0000000000", "+420000000000", "undefined"),
    "loyalty_id": ("0", "0000000000", "null"),
    "payment_token": ("null", "undefined"),
    "device_id": ("00000000-0000-0000-0000-000000000000", "undefined"),
}
