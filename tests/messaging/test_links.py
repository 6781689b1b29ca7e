"""Links that tell: signed for one decision and one target; nobody can make them lead elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.installation import SECRET

from regulars.messaging.links import CLICKED, OPENED, SHOWN, decision_of, is_target, pixel, token, tracked
from regulars.model.secret import Secret

DECISION = bytes(range(16))
BASE = "https://crm.shop.example"
GOOD = "https://shop.example/coats/red?size=M&x=%C3%A4#top"


@pytest.mark.parametrize(
    "url",
    [
        "", "javascript:alert(1)", "data:text/html,x", "//evil.example/x", "/coats", "https://", "https:evil.example",
        "https://shop.example@evil.example/", "https://a:b@shop.example/", "https://shop.example\\@evil.example",
        "https://shop.example/\r\nSet-Cookie: a=b", "https://shop.example/ x", "https://shop.example/<script>",
        "ftp://shop.example/", "https://[::1", "https://shöp.example/", "https://shop.example/" + "x" * 2_000,
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_never_led_to(url: str) -> None:
    assert not is_target(url)
    assert tracked(SECRET, BASE, DECISION, url) == url


def test_a_link_says_its_decision_only_with_its_own_target() -> None:
    made = tracked(SECRET, BASE, DECISION, GOOD)
    assert made.startswith(f"{BASE}/t/c/") and made.isascii() and " " not in made
    text = made.removeprefix(f"{BASE}/t/c/").partition("?")[0]
    assert decision_of(SECRET, CLICKED, text, GOOD) == DECISION
    assert decision_of(SECRET, CLICKED, text, "https://evil.example/") is None
    assert decision_of(SECRET, CLICKED, text, GOOD + "&") is None
    assert decision_of(SECRET, CLICKED, text) is None
    assert decision_of(SECRET, OPENED, text, GOOD) is None
    assert decision_of(Secret(bytes(32)), CLICKED, text, GOOD) is None


def test_tokens_of_one_use_are_no_tokens_of_another() -> None:
    assert pixel(SECRET, BASE, DECISION).endswith(".gif")
    made = token(SECRET, SHOWN, DECISION)
    assert decision_of(SECRET, SHOWN, made) == DECISION
    assert decision_of(SECRET, OPENED, made) is None


@given(st.text(max_size=50))
def test_any_other_text_is_no_token(text: str) -> None:
    assert decision_of(SECRET, OPENED, text) is None


def test_no_letter_of_a_token_can_be_changed() -> None:
    made = token(SECRET, OPENED, DECISION)
    for at in range(len(made) - 1):
        other = "B" if made[at] == "A" else "A"
        assert decision_of(SECRET, OPENED, made[:at] + other + made[at + 1 :]) is None
