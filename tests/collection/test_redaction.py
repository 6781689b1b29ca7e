"""What must not reach the log, and what must not be touched on the way."""

import json

import pytest
from collection.calls import CLIENT, RECEIVED
from hypothesis import given
from hypothesis import strategies as st

from regulars.collection.body import Unreadable
from regulars.collection.cards import hide_cards, is_card
from regulars.collection.receive import receive, refused_frame
from regulars.collection.redaction import IpPolicy, redact

VISA = "4111111111111111"
CARDS = [
    VISA, "4000000000000000006", "5555555555554444", "2223003122003222", "378282246310005", "30569309025904",
    "36227206271667", "6011111111111117", "6500000000000002", "3530111333300000", "6200000000000005",
]  # fmt: skip


def kept(value: object, policy: IpPolicy = IpPolicy.MASK) -> object:
    return json.loads(redact(json.dumps(value).encode(), policy))


@pytest.mark.parametrize("card", CARDS)
def test_cards_in_every_dress(card: str) -> None:
    spaced = f"{card[:4]} {card[4:8]} {card[8:12]} {card[12:]}"
    hyphened = spaced.replace(" ", "-")
    text = f"my card is {card}, or {spaced} 12/29; ({hyphened})."
    clean = json.dumps(kept({"properties": {"note": text, "number": int(card), "list": [card]}, card: "as a value"}))
    assert '"number": "[card]"' in clean and '"list": ["[card]"]' in clean and '"[card]": "as a value"' in clean
    assert "my card is [card], or [card] 12/29; ([card])." in clean


def test_amex_in_its_own_groups() -> None:
    assert kept({"a": "3782 822463 10005"}) == {"a": "[card]"}


@pytest.mark.parametrize(
    "value",
    [
        "4111111111111112",  # no Luhn sum
        "41111111111111110",  # 17 digits are no Visa
        "94111111111111111",  # inside a longer number
        "4111111111111111000",
        "0.4111111111111111",
        "4006381333931",  # EAN-13
        "+4915123456785",
        "1773480900123456789",  # nanoseconds
        "1773480900123-4111",
        "2026-03-14T09:35:00.131+00:00",
        "79927398713",
        "node-next-1773480800567-91af0c3e-51ae-4ecb-81f3-aa3f69235d01",
        "490154203237518",  # an IMEI: its sum is Luhn's, its prefix no card's
    ],
)
def test_what_only_looks_like_a_card(value: str) -> None:
    raw = json.dumps({"v": value, "password": "x"}).encode()
    assert json.loads(redact(raw))["v"] == value


def test_ids_made_by_sdks_are_never_changed() -> None:
    item = {"messageId": f"a-{VISA}", "anonymousId": VISA, "userId": VISA}
    assert kept(item) == {"messageId": f"a-{VISA}", "anonymousId": VISA, "userId": "[card]"}


SECRETS = [
    "password", "Password", "passwd", "newPassword", "password_confirmation", "user-password", "pwd", "PWD",
    "passphrase", "secret", "client_secret", "clientSecret", "cvv", "cvc", "CVV2", "card_cvc", "card_number",
    "cardNumber", "card-no",
]  # fmt: skip


@pytest.mark.parametrize("name", SECRETS)
def test_fields_named_like_passwords(name: str) -> None:
    item = {"traits": {name: "hunter2", "a": {name: {"old": ["hunter2", 7], "set": True}, "b": 1}}, "z": "kept"}
    clean = kept(item)
    hidden = {"old": ["[redacted]", "[redacted]"], "set": True}
    assert clean == {"traits": {name: "[redacted]", "a": {name: hidden, "b": 1}}, "z": "kept"}


@pytest.mark.parametrize(
    "name", ["event", "compass", "loyalty_card_number", "discreet", "secretary", "document_no", "pass"]
)
def test_fields_not_named_like_passwords(name: str) -> None:
    raw = json.dumps({name: "Reset Password Clicked", "n": 1.50}).encode()
    assert redact(raw) is raw


def test_secrets_in_addresses_and_behind_escapes() -> None:
    assert kept({"url": "https://a.example/?q=1&password=hunter2&x=2"}) == {
        "url": "https://a.example/?q=1&password=[redacted]&x=2"
    }
    assert b"hunter2" not in redact(b'{"p\\u0061ssword":"hunter2"}')
    assert json.loads(redact(b'{"a":"\\u00341111111 11111111"}')) == {"a": "[card]"}


@pytest.mark.parametrize(
    ("policy", "address", "expected"),
    [
        (IpPolicy.MASK, "203.0.113.77", "203.0.113.0"),
        (IpPolicy.MASK, "2001:db8:1:2:3::4", "2001:db8:1::"),
        (IpPolicy.MASK, "::ffff:203.0.113.77", "203.0.113.0"),
        (IpPolicy.MASK, "unknown", "unknown"),
        (IpPolicy.KEEP, "203.0.113.77", "203.0.113.77"),
        (IpPolicy.DROP, "203.0.113.77", None),
    ],
)
def test_network_addresses_by_policy(policy: IpPolicy, address: str, expected: str | None) -> None:
    assert kept({"context": {"ip": address}, "n": 1}, policy) == {"context": {"ip": expected}, "n": 1}


def test_all_other_bytes_stay_as_they_were() -> None:
    raw = b' { "n" : 1.50 , "e":"\\u00e9\\/", "password" :\t"x", "big": 123456789012345678901234 , "n":2}\n'
    assert redact(raw) == raw.replace(b'"x"', b'"[redacted]"')
    usual = b'{"batch":[{"type":"track","event":"Product Viewed","messageId":"17"}]}'
    assert redact(usual) is usual


@pytest.mark.parametrize(
    "broken",
    [
        b'{"batch":[{"password":"hunter2"',
        b'{"password":"hunter2',
        b'{"password":NaN,"cvv":hunter2}',
        b'{"a":{"a":{"secret":[["hunter2"]]}}',
        b"password=hunter2&x=1",
        b'\xff\xfe{"pwd":"hunter2"}\x00',
    ],
)
def test_broken_bodies_too(broken: bytes) -> None:
    assert b"hunter2" not in redact(broken)


def test_a_name_speaks_for_its_own_value_only() -> None:
    value = [{"password": "x"}, "y", {"messageId": "m"}, VISA, {"a": {"secret": {"b": 1}, "c": 2}}]
    hidden = [
        {"password": "[redacted]"},
        "y",
        {"messageId": "m"},
        "[card]",
        {"a": {"secret": {"b": "[redacted]"}, "c": 2}},
    ]
    assert kept(value) == hidden


def test_a_refused_body_is_redacted_before_it_is_cut() -> None:
    body = b'{"batch":[' + b" " * (32 * 1024 - 20) + b'"4111 1111 1111 1111"'
    with pytest.raises(Unreadable) as caught:
        receive(CLIENT, "batch", body, "", RECEIVED)
    frame = refused_frame(CLIENT, RECEIVED, caught.value)
    assert b"4111" not in frame.body and len(frame.body) <= 32 * 1024


@given(st.binary(max_size=120))
def test_any_bytes(raw: bytes) -> None:
    assert redact(redact(raw)) == redact(raw)


@given(st.from_regex(rb"[0-9 -]{14,40}", fullmatch=True))
def test_no_whole_group_card_remains(text: bytes) -> None:
    clean = hide_cards(text, b"[card]")
    assert not any(is_card(group) for group in clean.replace(b"-", b" ").split() if group.isdigit())
