"""Consent: what may not be said first, then that no merge restores what was withdrawn."""

import random
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from support.happened import SHOP, SITE, event, seen

from regulars.model.consent import ConsentWord, Permission
from regulars.model.rejection import Reason, Refused
from regulars.model.source import Source
from regulars.profiles.consents import latest_words, permission
from regulars.profiles.facts import facts_of

EMAIL = "email:greta@example.org"
OTHER = "email:g@example.net"


def said(
    word: str, at: int = 0, by: tuple[str, ...] = ("user_id:7",), source: Source = SHOP, **properties: Any
) -> ConsentWord:
    base = {"purpose": "news", "channel": "email"}
    words = facts_of(event(f"Consent {word}", {**base, **properties}, at=at, source=source), seen(*by)).consents
    assert len(words) == 1
    return words[0]


def may(*words: ConsentWord, address: str = EMAIL, purpose: str = "news", shared: bool = False) -> Permission:
    return permission(words, purpose, "email", address, shared)


@pytest.mark.parametrize("by", [("email:a@b.de",), ("anonymous_id:x", "user_id:7"), ("phone:+491701234567",)])
def test_a_public_key_speaks_for_nobody_else(by: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as error:
        said("Given", by=by, source=SITE)
    assert error.value.reason is Reason.NOT_ALLOWED_FOR_CLIENT


@pytest.mark.parametrize("address", ["greta@example.org", "anonymous_id:another"])
def test_a_public_key_cannot_name_another_address(address: str) -> None:
    with pytest.raises(Refused) as error:
        said("Given", by=("anonymous_id:x",), source=SITE, address=address)
    assert error.value.reason is Reason.NOT_ALLOWED_FOR_CLIENT


def test_a_browsers_word_counts_for_itself_only() -> None:
    given_, taken = (said(word, by=("anonymous_id:x",), source=SITE) for word in ("Given", "Withdrawn"))
    assert not given_.covers_all
    assert not may(given_).allowed
    assert may(given_, address="anonymous_id:x").allowed
    assert may(taken, said("Given")).allowed


def test_silence_is_no_consent() -> None:
    assert not may().allowed
    assert not may(said("Given", email="g@example.net")).allowed
    assert not may(said("Given", purpose="surveys")).allowed


def test_given_for_this_very_address_or_for_all() -> None:
    assert may(said("Given", email="Greta@Example.org ")).allowed
    assert may(said("Given", address="greta@example.org")).allowed
    word = said("Given")
    assert (word.address, word.covers_all) == ("user_id:7", True)
    assert may(word).allowed


def test_withdrawn_on_any_address_stops_all() -> None:
    assert not may(said("Given", email="greta@example.org", at=9), said("Withdrawn", email="g@example.net")).allowed
    assert "g@example.net" in may(said("Given", at=9), said("Withdrawn", email="g@example.net")).why


def test_a_later_word_for_all_does_not_lift_what_was_withdrawn_for_one() -> None:
    assert not may(said("Withdrawn", email="greta@example.org"), said("Given", at=9)).allowed
    assert may(said("Withdrawn", email="greta@example.org"), said("Given", email="greta@example.org", at=9)).allowed


def test_a_withdrawal_without_purpose_or_channel_means_all() -> None:
    word = said("Withdrawn", purpose=None, channel=None)
    assert (word.purpose, word.channel) == ("*", "*")
    assert not may(said("Given", at=9), word).allowed


def test_at_one_moment_withdrawn_wins() -> None:
    both = [said("Given", email="g@example.net"), said("Withdrawn", email="g@example.net")]
    assert [word.word for word in latest_words(both)] == ["withdrawn"]
    assert latest_words(both) == latest_words(reversed(both))


def test_a_shared_address_gets_no_marketing() -> None:
    assert not may(said("Given"), shared=True).allowed
    assert may(said("Given", purpose="service"), purpose="service", shared=True).allowed


def test_lists_make_a_word_each() -> None:
    properties = {"purpose": ["News", "surveys"], "channel": ["email", "sms"], "phone": "+49 170 1234567"}
    words = facts_of(event("Consent Given", properties), ()).consents
    assert {(word.purpose, word.channel) for word in words} == {
        (purpose, channel) for purpose in ("news", "surveys") for channel in ("email", "sms")
    }
    assert {word.address for word in words} == {"phone:+491701234567"}


words = st.builds(
    said,
    st.sampled_from(["Given", "Withdrawn"]),
    st.integers(0, 4),
    st.sampled_from([("user_id:7",), ("email:a@b.de", "anonymous_id:x")]),
    email=st.sampled_from([None, "greta@example.org", "g@example.net"]),
)


@given(st.lists(words, max_size=6), st.lists(words, max_size=6), st.randoms(use_true_random=False))
def test_no_merge_restores_what_was_withdrawn(
    a: list[ConsentWord], b: list[ConsentWord], chance: random.Random
) -> None:
    both = [*a, *b]
    chance.shuffle(both)
    keys = {word.key for word in b}
    if any(word.word == "withdrawn" and word.key not in keys for word in latest_words(a)):
        assert not may(*both).allowed
    assert latest_words(both) == latest_words([*latest_words(a), *latest_words(b)])
