"""Links of customers: what is forged, cut, of another installation or of another kind leads nowhere."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.installation import SECRET

from regulars.consent.links import DAY, LENGTH, preferences_path, read_token, token_of, unsubscribe_path
from regulars.identity.bundle import identifier_key
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret

ADA = Identifier("email", "", "ada@mail.example")
NOW = 1_773_480_900_000_000
TOKEN = token_of(SECRET, ADA, NOW)


@pytest.mark.parametrize(
    "token",
    [
        "", "x", TOKEN[:-1], TOKEN + "A", TOKEN.swapcase(), TOKEN[::-1], "A" * LENGTH, "%" * LENGTH, "é" * LENGTH,
        "\n" + TOKEN[1:], " " * LENGTH, "=" * LENGTH, TOKEN[:-1] + "=",
    ],
)  # fmt: skip
def test_what_is_none_of_ours(token: str) -> None:
    assert read_token(SECRET, token) is None


def test_a_token_of_another_installation() -> None:
    assert read_token(Secret(bytes(32)), TOKEN) is None


@given(st.integers(0, 35), st.integers(1, 255))
def test_no_changed_byte_goes_through(place: int, other: int) -> None:
    whole = bytearray(base64.urlsafe_b64decode(TOKEN))
    whole[place] ^= other
    assert read_token(SECRET, base64.urlsafe_b64encode(whole).decode()) is None


def test_a_mac_made_for_something_else_is_none() -> None:
    said = base64.urlsafe_b64decode(TOKEN)[:-16]
    other = said + SECRET.mac_bytes("csrf", said, 16)
    assert read_token(SECRET, base64.urlsafe_b64encode(other).decode()) is None


def test_a_customer_id_must_be_one() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        token_of(SECRET, b"short", NOW)


def test_what_a_link_says() -> None:
    found = read_token(SECRET, TOKEN)
    assert found is not None
    assert (found.kind, found.id) == ("address", identifier_key(ADA, SECRET))
    assert found.made == NOW // DAY * DAY
    customer = read_token(SECRET, token_of(SECRET, bytes(16), NOW))
    assert customer is not None
    assert (customer.kind, customer.id) == ("customer", bytes(16))


def test_paths() -> None:
    assert preferences_path(SECRET, ADA, NOW) == f"/me/{TOKEN}"
    assert unsubscribe_path(SECRET, ADA, NOW) == f"/me/{TOKEN}/unsubscribe"
    assert "ada" not in TOKEN
