"""Checks of messages: bad fields by name, and claims on which the channels differ."""

from typing import Any

import pytest

from regulars.messaging.check import ERROR, NOTE, check
from regulars.messaging.claims import claims
from regulars.messaging.file import MAX_BYTES, BadMessage, decode, encode, read_yaml, write_yaml
from regulars.messaging.message import CHANNELS, Block, CallToAction, Message, Offer, Variant
from regulars.messaging.rules import require
from regulars.messaging.shipped import shipped

OFFER = Offer("Warm feet", "12.90 EUR", "15.90 EUR", 20, "SOCKS20", "2026-11-20", "2026-11-30", "On orders over €30.")


def message(**more: Any) -> Message:
    said: dict[str, Any] = {
        "name": "test", "title": "Test", "subject": ("Hello",), "paragraphs": ("Good day.",), "channels": CHANNELS,
    }  # fmt: skip
    return Message(**{**said, **more})


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"name": "../etc"}, "name"),
        ({"name": "draft"}, "name"),
        ({"title": ""}, "title"),
        ({"title": "a\nBcc: b"}, "title"),
        ({"purpose": "spam"}, "purpose"),
        ({"channels": ()}, "channels"),
        ({"channels": ("email", "email")}, "channels"),
        ({"channels": ("fax",)}, "channels"),
        ({"subject": ()}, "subject"),
        ({"paragraphs": ()}, "paragraphs"),
        ({"paragraphs": ("ok", "one\n{{ a | b }}")}, "paragraphs 2"),
        ({"paragraphs": ("{{ customer.frist_name }}",)}, "paragraphs"),
        ({"paragraphs": ("{{ facts.nothing }}",)}, "paragraphs"),
        ({"paragraphs": tuple("x" * 4_900 for _ in range(5))}, "paragraphs"),
        ({"paragraphs": ("a",) * 21}, "paragraphs"),
        ({"variants": {"onsite": Variant(after=("{% x %}",))}}, "variants.onsite.after"),
        ({"channels": ("email",), "variants": {"onsite": Variant()}}, "variants.onsite"),
        ({"action": CallToAction("Go", "javascript:alert(1)")}, "action.url"),
        ({"action": CallToAction("Go", "")}, "action"),
        ({"block": Block("everything")}, "block.kind"),
        ({"block": Block("cart", most=0)}, "block.most"),
        ({"offer": Offer(price="cheap")}, "offer.price"),
        ({"offer": Offer(price="-1 EUR")}, "offer.price"),
        ({"offer": Offer(price="9 EUR", was="8 EUR")}, "offer.was"),
        ({"offer": Offer(price="9 EUR", was="10 USD")}, "offer.was"),
        ({"offer": Offer(percent=101)}, "offer.percent"),
        ({"offer": Offer(code="<b>")}, "offer.code"),
        ({"offer": Offer(until="30.11.2026")}, "offer.until"),
        ({"offer": Offer(from_="2026-12-01", until="2026-11-01")}, "offer.until"),
        ({"facts": {"A b": "x"}}, "facts.A b"),
        ({"facts": {"a": ""}}, "facts.a"),
        ({"requires": ("everything!",)}, "requires"),
        ({"language": "English"}, "language"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(more: dict[str, Any], path: str) -> None:
    with pytest.raises(BadMessage) as error:
        require(message(**more))
    assert error.value.path == path
    assert [(each.level, each.field) for each in check(message(**more))] == [(ERROR, path)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Now 15 % off.", "says 15 %; the offer and the facts say 20"),
        ("Now for 13.90 EUR.", "says 13.90 EUR; the offer and the facts say 12.90 EUR, 15.90 EUR, 30.00 EUR"),
        ("Until 29 November.", "says 29 November; the offer and the facts say 2026-11-20, 2026-11-30"),
        ("Until Tuesday only.", "says Until Tuesday; the offer and the facts say monday"),
        ("Use code SOCKS15.", "says SOCKS15; the offer and the facts say SOCKS20"),
    ],
)
def test_a_channel_that_says_another_thing_is_told(text: str, says: str) -> None:
    found = check(message(offer=OFFER, variants={"onsite": Variant(paragraphs=(text,))}))
    errors = [each for each in found if each.level == ERROR]
    assert [(each.channel, each.field) for each in errors] == [("onsite", "paragraphs")]
    assert says in errors[0].words


def test_what_agrees_with_the_offer_is_right_however_it_is_written() -> None:
    words = (
        "€12,90 instead of 15.90 EUR: 20 per cent off by code SOCKS20, until 30 November 2026, a Monday. 2026-11-30."
    )
    assert (
        check(message(offer=OFFER, paragraphs=(words, "Until Monday. {{ offer.price }} and {{ offer.until }}."))) == []
    )


def test_a_claim_that_stands_nowhere_once() -> None:
    assert [each.level for each in check(message(paragraphs=("Open until 3 May.",)))] == [NOTE] * 3
    found = check(message(variants={"email": Variant(paragraphs=("Save 30 % now.",))}))
    assert [(each.level, each.channel) for each in found] == [(ERROR, "email")]
    assert "not all channels say this per cent" in found[0].words
    fact = message(facts={"saving": "30 %"}, variants={"email": Variant(paragraphs=("Save 30 % now.",))})
    assert check(fact) == []


def test_claims_that_are_none() -> None:
    assert list(claims("In 2 to 3 days, at 5 o'clock, size 42, order 10042, ISO 9001, a 31.02.2026")) == []
    assert [each.value for each in claims("1.299,00 EUR and $1,299 and £5")] == [
        "1299.00 EUR",
        "1299.00 USD",
        "5.00 GBP",
    ]


@pytest.mark.parametrize("name", sorted(shipped()))
def test_shipped_messages_are_right(name: str) -> None:
    assert check(shipped()[name]) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"a: [", "is no YAML"),
        (b"- a\n- b", "must be fields"),
        (b"\xff\xfe\x00", "is no YAML"),
        (b"title: x\nsubject: y\nparagraphs: z\nsurprise: 1", "unknown field"),
        (b"subject: y\nparagraphs: z", "title"),
        (b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]", "aliases"),
        (b"!!python/object/apply:os.system ['true']", "is no YAML"),
        (b"title: x\nsubject: y\nparagraphs: z\noffer: {percent: many}", "offer.percent"),
        (b"x" * (MAX_BYTES + 1), "longer than"),
        (b"[" * 60_000, "nested too deep"),
    ],
)
def test_files_that_cannot_be_read(text: bytes, says: str) -> None:
    with pytest.raises(BadMessage) as error:
        read_yaml(text, "x")
    assert says in str(error.value)


@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_message_survives_being_kept_and_written(name: str) -> None:
    said = shipped()[name]
    assert decode(encode(said), name, said.version) == said
    assert read_yaml(write_yaml(said).encode(), name) == said
