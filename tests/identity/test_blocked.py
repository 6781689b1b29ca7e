import pytest

from regulars.identity.blocked import Policy, blocked_reason, e164, placeholder_reason

POLICY = Policy()
EVERY_TYPE = ["user_id", "loyalty_id", "email", "phone", "device_id", "anonymous_id", "payment_token", "crm_id"]
NOTHING = ["", " ", "null", "None", "nil", "undefined", "[object Object]", "anonymous", "unknown", "guest", "n/a", "NA"]
NOTHING += ["0", "-1", "NaN", "true", "False", "---", "?", "Not set", "(null)", "test", "0.0"]


@pytest.mark.parametrize("type", EVERY_TYPE)
@pytest.mark.parametrize("word", NOTHING)
def test_words_for_nothing_are_blocked_in_every_type_quoted_and_in_any_case(type: str, word: str) -> None:
    for value in (
        word,
        word.upper(),
        word.title(),
        f'"{word}"',
        f"'{word}'",
        f' "{word} "',
        f'\\"{word}\\"',
        f"“{word}”",
    ):
        assert blocked_reason(type, value, POLICY), value


@pytest.mark.parametrize(
    "value", ["xxx", "XXXX", "1111", "9999999", "00", "0-0-0", "1111-1111-1111", "ａａａａ", "a.a.a"]
)
def test_one_repeated_character_is_blocked(value: str) -> None:
    assert blocked_reason("user_id", value, POLICY) == "repeated"


@pytest.mark.parametrize("value", ["1", "7", "11", "222", "999", "12", "1112", "aa", "x", "42", "2469"])
def test_short_real_numbers_are_not_blocked(value: str) -> None:
    assert blocked_reason("user_id", value, POLICY) == ""
    assert blocked_reason("loyalty_id", value, POLICY) == ""


def test_zero_uuids_are_blocked() -> None:
    assert blocked_reason("device_id", "00000000-0000-0000-0000-000000000000", POLICY) == "repeated"
    assert blocked_reason("anonymous_id", "ffffffff-ffff-ffff-ffff-ffffffffffff", POLICY) == "repeated"
    assert blocked_reason("device_id", "00000000-0000-0000-0000-000000000001", POLICY) == ""


@pytest.mark.parametrize("value", ["123456789", "1234567890", "0123456789", "987654321", "1234-5678-9012-3456"])
def test_running_digits_are_no_card(value: str) -> None:
    for type in ("loyalty_id", "payment_token", "wallet_serial"):
        assert blocked_reason(type, value, POLICY) == "sequence"
    assert blocked_reason("user_id", value, POLICY) == ""


def test_receipts_and_orders_are_serial_numbers() -> None:
    for value in ("1111", "1234567", "10000"):
        assert blocked_reason("order_id", value, POLICY) == ""
    assert blocked_reason("receipt_id", "0", POLICY) == "placeholder"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("test@gmail.com", "test"),
        ("test123@shop.cz", "test"),
        ("test+7@shop.cz", "test"),
        ("no-reply@shop.cz", "no_reply"),
        ("noreply@shop.cz", "no_reply"),
        ("do_not_reply@shop.cz", "no_reply"),
        ("donotreply+x@shop.cz", "no_reply"),
        ("null@shop.cz", "placeholder"),
        ("anonymous@shop.cz", "placeholder"),
        ("xxx@xxx.com", "repeated"),
        ("jana@example.com", ""),
        ("jana@example.cz", ""),
        ("jana@town.test", ""),
        ("j@example.cz", ""),
        ("testa@example.cz", ""),
        ("attest@example.cz", ""),
        ("greta.null@example.cz", ""),
    ],
)
def test_addresses_that_reach_nobody(value: str, reason: str) -> None:
    assert blocked_reason("email", value, POLICY) == reason


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("+10000000000", "repeated"),
        ("+11234567890", "sequence"),
        ("+15555555555", "repeated"),
        ("0000000000", "repeated"),
        ("1234567890", "sequence"),
        ("+14155550100", ""),
        ("+420777123456", ""),
    ],
)
def test_phones_that_reach_nobody(value: str, reason: str) -> None:
    assert blocked_reason("phone", value, POLICY) == reason


def test_the_retailers_own_point_at_nobody() -> None:
    policy = Policy.from_settings(
        {
            "region": "cz",
            "own_domains": ["Shop.Example", "bücher.cz"],
            "own_phones": ["777 123 456", "+44 20 7946 0000"],
            "blocked": ["Walk-In"],
        }
    )
    assert policy.region == "CZ" and policy.own_phones == {"+420777123456", "+442079460000"}
    assert blocked_reason("email", "jana@shop.example", policy) == "own"
    assert blocked_reason("email", "jana@mail.shop.example", policy) == "own"
    assert blocked_reason("email", "jana@xn--bcher-kva.cz", policy) == "own"
    assert blocked_reason("email", "jana@myshop.example", policy) == ""
    assert blocked_reason("phone", "+420777123456", policy) == "own"
    assert blocked_reason("phone", "+420777123457", policy) == ""
    assert placeholder_reason("'walk-in'", policy) == "placeholder"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"regoin": "CZ"}, "regoin: no such setting"),
        ({"region": "XX"}, "region: must be a country"),
        ({"region": 1}, "region: must be a text"),
        ({"programme": "a\0b"}, "programme: must be a text"),
        ({"own_domains": "shop.cz"}, "own_domains: must be a list"),
        ({"own_domains": ["no domain"]}, "own_domains: 'no domain' is no domain"),
        ({"own_phones": ["12"]}, "own_phones: '12' is no phone number in US"),
        ({"own_phones": ["777 123 456"], "region": ""}, "own_phones: '777 123 456' is no phone number with a country"),
        ({"blocked": [1]}, "blocked: must be a list of texts"),
        ({"repeated_from": 1}, "repeated_from: must be"),
    ],
)
def test_a_wrong_policy_is_refused_by_name(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError) as caught:
        Policy.from_settings(settings)
    assert str(caught.value).startswith(words)


def test_phone_numbers_are_read_in_the_region() -> None:
    assert e164("777 123 456", "CZ") == "+420777123456"
    assert e164("00420 777 123 456", "US") == "+420777123456"
    assert e164("(415) 555-0100", "US") == "+14155550100"
    assert e164("(415) 555-0100 ext. 12", "US") == "+14155550100;ext=12"
    assert e164("415 555 0100", "") is None
    assert e164("jana", "US") is None
    assert e164("00", "US") is None
