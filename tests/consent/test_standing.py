"""Whether a message may go: everything that stands against it first."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.consent.standing import Address, Preferences, Standing, Suppression
from regulars.model.consent import LIFTED, ConsentWord
from regulars.model.identifier import Identifier
from regulars.model.source import Trust

HOUR = 3_600_000_000
NOON = 1_773_489_600_000_000  # 2026-03-14T12:00:00Z


def address(type_: str, value: str, **said: Any) -> Address:
    return Address(Identifier(type_, "", value), f"{type_}{value}".encode().ljust(16)[:16], **said)


MAIL, OTHER = address("email", "ada@mail.example", last=9), address("email", "a@work.example", last=1)
PHONE, USER = address("phone", "+491701234567"), address("user_id", "7")


def word(
    channel: str = "email", to: Address | None = MAIL, at: int = 0, no: bool = False, purpose: str = "marketing",
    basis: str = "",
) -> ConsentWord:  # fmt: skip
    name = (to or USER).name
    said = "withdrawn" if no else "given"
    return ConsentWord(
        purpose, channel, name, "", to is None, said, Trust.SERVER, at, f"m{at}{no}{basis}", "shop", "", basis
    )  # fmt: skip


def standing(*words: ConsentWord, addresses: tuple[Address, ...] = (MAIL,), **said: Any) -> Standing:
    return Standing(bytes(16), said.pop("zone", "UTC"), addresses, words, **said)


def code(who: Standing, channel: str = "email", purpose: str = "marketing", topic: str = "", at: int = NOON) -> str:
    found = who.permit(channel, purpose, topic, at)
    assert found.allowed == (not found.code)
    assert not (found.code and found.address)
    return found.code


def test_nobody_at_all() -> None:
    for channel in ("email", "sms", "push", "post", "webhook", "carrier-pigeon"):
        assert code(Standing(bytes(16), "UTC"), channel) == "no_address"
        assert code(Standing(bytes(16), "UTC"), channel, "service") == "no_address"


def test_silence_is_no_consent_but_service_goes() -> None:
    assert code(standing()) == "no_consent"
    assert code(standing(), purpose="service") == ""


@pytest.mark.parametrize("to", [MAIL, OTHER, None])
def test_a_no_on_any_address_stops_all(to: Address | None) -> None:
    no = word(to=to, no=True)
    assert code(standing(word(at=1), no, addresses=(MAIL, OTHER, USER))) == ("" if to is MAIL else "withdrawn")


def test_a_no_to_everything_stops_service_too() -> None:
    assert code(standing(word("*", no=True, purpose="*")), purpose="service") == "withdrawn"


def test_shared_addresses_get_service_only() -> None:
    shared = address("email", "desk@hotel.example", shared=True)
    assert code(standing(word(to=shared), addresses=(shared,))) == "shared_address"
    assert code(standing(addresses=(shared,)), purpose="service") == ""


def test_one_address_is_stopped_and_another_is_not() -> None:
    stopped = Suppression(MAIL.key, "email", "hard_bounce", 0)
    both = (word(), word(to=OTHER))
    found = standing(*both, addresses=(MAIL, OTHER), suppressions=(stopped,)).permit("email", "marketing", at=NOON)
    assert found.address == OTHER.identifier
    assert code(standing(*both, suppressions=(stopped,))) == "suppressed"
    assert code(standing(*both, suppressions=(stopped,)), purpose="service") == "suppressed"
    assert code(standing(*both, suppressions=(Suppression(MAIL.key, "sms", "hard_bounce", 0),))) == ""


def test_never_contact_is_about_the_person() -> None:
    never = Suppression(USER.key, "*", "never_contact", 0)
    who = standing(word(), addresses=(MAIL, USER), suppressions=(never,))
    assert code(who) == code(who, purpose="service") == code(who, "onsite") == "suppressed"
    assert code(who, "onsite", "service") == ""
    assert not who.personal


def test_topics() -> None:
    off = word("*", no=True, purpose="marketing/tips", at=1)
    assert code(standing(word(), off), topic="tips") == "topic_off"
    assert code(standing(word(), off), topic="news") == code(standing(word(), off)) == ""
    only = standing(word(purpose="marketing/back-in-store"))
    assert code(only, topic="back-in-store") == ""
    assert code(only) == code(only, topic="tips") == "no_consent"
    assert code(standing(word(no=True), word(purpose="marketing/tips", at=9)), topic="tips") == "withdrawn"


def test_a_lifted_no_permits_nothing() -> None:
    lifted = word("*", at=9, purpose="*", basis=LIFTED)
    no = word("*", no=True, purpose="*")
    assert code(standing(no, lifted)) == "no_consent"
    assert code(standing(no, lifted, word(at=9))) == ""
    assert code(standing(no, lifted, word(to=None))) == "no_consent"
    assert code(standing(word(to=None), word("*", at=9, purpose="marketing/tips", basis=LIFTED)), topic="tips") == ""


@pytest.mark.parametrize(
    ("said", "expected", "again"),
    [
        ({"preferences": Preferences(paused_until=NOON + HOUR)}, "paused", NOON + HOUR),
        ({"preferences": Preferences(paused_until=NOON)}, "", 0),
        ({"preferences": Preferences(quiet_from=11 * 60, quiet_to=13 * 60)}, "quiet_hours", NOON + HOUR),
        ({"preferences": Preferences(quiet_from=11 * 60, quiet_to=13 * 60), "zone": "Asia/Tokyo"}, "", 0),
        ({"held": ("question",)}, "question_open", 0),
    ],
)
def test_what_waits(said: dict[str, Any], expected: str, again: int) -> None:
    found = standing(word(), **said).permit("email", "marketing", at=NOON)
    assert (found.code, found.again) == (expected, again)
    assert code(standing(word(), **said), purpose="service") == ""
    # What is not allowed at all is not asked again.
    assert standing(**said).permit("email", "marketing", at=NOON).again == 0


def test_on_the_site_nothing_need_be_given() -> None:
    assert code(standing(addresses=()), "onsite") == ""
    assert code(standing(word("*", no=True, purpose="profiling")), "onsite") == "withdrawn"
    assert code(standing(word("onsite", no=True)), "onsite") == "withdrawn"
    assert code(standing(word("email", no=True)), "onsite") == ""
    assert code(standing(word("*", no=True, purpose="profiling")), "onsite", "service") == ""
    assert not standing(word("*", no=True, purpose="profiling")).personal


def test_the_address_a_channel_goes_to() -> None:
    who = standing(word("sms", PHONE), word("post", None), addresses=(MAIL, PHONE, USER))
    assert who.permit("sms", "marketing").address == PHONE.identifier
    assert who.permit("post", "marketing").address is not None
    assert code(who) == "no_consent"


def test_why_shows_no_address() -> None:
    assert "ada" not in standing(word(no=True)).permit("email", "marketing").why


words = st.builds(
    word,
    st.sampled_from(["email", "*"]),
    st.sampled_from([MAIL, OTHER, None]),
    st.integers(0, 4),
    st.booleans(),
    st.sampled_from(["marketing", "*", "marketing/tips"]),
    st.sampled_from(["", LIFTED]),
)


@given(st.lists(words, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_words_does_not_matter(said: list[ConsentWord], chance: random.Random) -> None:
    mixed = [*said, *said]
    chance.shuffle(mixed)
    for topic in ("", "tips"):
        assert code(standing(*mixed), topic=topic) == code(standing(*said), topic=topic)
