"""The same items in any order, sent twice, and in any batches give the same digest."""

import json
from collections.abc import Iterable, Sequence
from itertools import count
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.frames import RECEIVED, empty, frame
from support.installation import SECRET, SHOP, SITE, TILL, Installation, identify, track

from regulars.app import DIGEST
from regulars.context import Context
from regulars.identity.rules import Rules
from regulars.model.frame import Frame
from regulars.model.source import Source, Trust
from regulars.pipeline import Pipeline
from regulars.profiles.facts import Reading
from regulars.profiles.fragment import Bounds
from regulars.storage.digest import digest
from regulars.storage.log import Row
from regulars.storage.queries import start_cursor
from regulars.storage.sources import register

FORGED = Source("shop", Trust.CLIENT, "shop")
"""A public key in the name of a server."""

RULES = Rules(hub=4, component_bound=7)
CONTEXT = Context(SECRET, RULES, reading=Reading(rules=RULES, bounds=Bounds(3, 3, 3, 3, 3, 3)))
"""Bounds so small that a few items go beyond them."""


class Sent(msgspec.Struct, frozen=True):
    """One item and who sends it, or a control record."""

    source: Source
    item: dict[str, Any]
    call: str = "batch"
    received: int = RECEIVED


class Town:
    """An installation that is filled with the same items again and again."""

    def __init__(self, installation: Installation) -> None:
        self.connection = installation.connection
        register(self.connection, FORGED)
        self.connection.execute("SET synchronous_commit = off")

    def filled(self, batches: Iterable[Sequence[Frame]]) -> dict[str, str]:
        """The parts of the digest after these batches."""
        empty(self.connection)
        start_cursor(self.connection, CONTEXT.rules_name)
        pipeline = Pipeline(self.connection, CONTEXT)
        for seq, frames in enumerate(batches, start=1):
            pipeline.take([Row(seq, sum(each.items for each in frames), list(frames))])
        return digest(self.connection, CONTEXT.rules_name, DIGEST).parts


@pytest.fixture
def town(installation: Installation) -> Town:
    return Town(installation)


def alone(sent: Sent, chance: Random) -> Frame:
    """A frame of its own: a batch of one, or the call that the item is."""
    if sent.call == "control" or chance.random() < 0.5:
        call = sent.call if sent.call == "control" else str(sent.item.get("type", "batch"))
        if call in ("control", "identify", "track", "page", "screen", "group", "alias"):
            return Frame(sent.source.name, int(sent.source.trust), sent.received, call, json.dumps(sent.item).encode())
    return frame(sent.source, sent.item, received=sent.received)


def framed(sents: Iterable[Sent], chance: Random) -> list[Frame]:
    """Frames of what follows each other from one source, of one item or more."""
    frames: list[Frame] = []
    run: list[Sent] = []

    def close() -> None:
        if len(run) == 1:
            frames.append(alone(run[0], chance))
        elif run:
            frames.append(frame(run[0].source, *(each.item for each in run), received=run[0].received))
        run.clear()

    for sent in sents:
        same = run and (run[0].source, run[0].received) == (sent.source, sent.received)
        if not same or sent.call == "control" or chance.random() < 0.5:
            close()
        run.append(sent)
        if sent.call == "control":
            close()
    close()
    return frames


def otherwise(sents: Sequence[Sent], chance: Random) -> list[list[Frame]]:
    """The same in another order, some twice, in other frames and batches."""
    mixed = [*sents, *(sent for sent in sents if chance.random() < 0.3)]
    chance.shuffle(mixed)
    frames = framed(mixed, chance)
    batches: list[list[Frame]] = []
    while frames:
        size = chance.choice((1, 1, 2, 3, 100))
        batches.append(frames[:size])
        frames = frames[size:]
    return batches


def compare(town: Town, sents: Sequence[Sent], chance: Random, times: int) -> None:
    """Fails where another order gives another digest, and names the parts that differ."""
    expected = town.filled([[alone(each, Random(0)) for each in sents]])
    for _ in range(times):
        batches = otherwise(sents, chance)
        found = town.filled(batches)
        differing = [part for part, value in found.items() if value != expected[part]]
        shown = [[(each.source, each.call, each.body.decode()) for each in batch] for batch in batches]
        assert differing == [], shown


USERS, MAILS, CARDS = ("u-1", "u-2", "u-3"), ("a@mail.example", "b@mail.example", "c@mail.example"), ("C-71", "C-72")
PHONES, COOKIES, ORDERS = ("+12025550123", "+12025550178"), ("k-1", "k-2", "k-3"), ("o-1", "o-2")
JUNK = ("null", "0", "[object Object]", "anonymous", "NaN", "-1")
PRODUCTS = ("mug", "cup", "pot", "jug")
SOURCES = (SHOP, SHOP, SITE, TILL, FORGED)
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

minutes = st.integers(0, 5)
product = st.sampled_from(PRODUCTS)
order_id = st.sampled_from(ORDERS)
amount = st.sampled_from((1, 9.5, 20))
lines = st.lists(
    st.builds(lambda p, q: {"product_id": p, "quantity": q, "price": 2}, product, st.sampled_from((1, 2))), max_size=2
)


def some(values: Sequence[str], junk: bool = True) -> st.SearchStrategy[str]:
    """One of these, now and then junk."""
    return st.one_of(st.sampled_from(values), st.sampled_from((*values, *JUNK))) if junk else st.sampled_from(values)


traits = st.fixed_dictionaries(
    {}, optional={"email": some(MAILS), "phone": some(PHONES), "loyalty_id": some(CARDS), "name": some(("Ann", "Bo"))}
)
external = st.lists(
    st.builds(
        lambda id, type: {"id": id, "type": type},
        st.sampled_from(("x-1", "x-2")),
        st.sampled_from(("device_id", "payment_token:stripe", "crm", "social_handle:chirp")),
    ),
    max_size=1,
)
word = st.sampled_from(("Consent Given", "Consent Withdrawn"))


def said(event: str, **properties: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda **found: {"type": "track", "event": event, "properties": found}, **properties)


calls = st.one_of(
    st.builds(lambda said: {"type": "identify", "traits": said}, traits),
    st.just({"type": "page", "name": "Home"}),
    said("Product Viewed", product_id=product),
    said("Product Added", product_id=product, quantity=st.sampled_from((1, 2))),
    said("Product Removed", product_id=product),
    said("Order Completed", order_id=order_id, total=amount, currency=st.just("EUR"), products=lines),
    said("Order Updated", order_id=order_id, total=amount, currency=st.just("EUR")),
    said("Order Refunded", order_id=order_id, amount=amount, currency=st.just("EUR"), products=lines),
    said("Order Cancelled", order_id=order_id),
    said("Order Completed", receipt_id=st.sampled_from(("77", "78")), store_id=st.just("s"), total=amount),
    said("Receipt Claimed", receipt_id=st.sampled_from(("77", "78")), store_id=st.just("s")),
    st.builds(
        lambda event, said: {"type": "track", "event": event, "properties": said},
        word,
        st.fixed_dictionaries({"purpose": st.just("news")}, optional={"email": some(MAILS, junk=False)}),
    ),
    said("Product Updated", product_id=product, name=st.sampled_from(("Old", "New"))),
    st.builds(lambda previous: {"type": "alias", "previousId": previous}, some(USERS + COOKIES)),
)


@st.composite
def items(draw: st.DrawFn) -> tuple[Source, dict[str, Any]]:
    """An item without its message id."""
    item = dict(draw(calls))
    if draw(st.booleans()):
        item["userId"] = draw(some(USERS))
    if draw(st.booleans()):
        item["anonymousId"] = draw(some(COOKIES))
    context: dict[str, Any] = {}
    if item["type"] != "identify" and draw(st.booleans()):
        context["traits"] = draw(traits)
    if found := draw(external):
        context["externalIds"] = found
    if draw(st.integers(0, 9)) == 0:
        context["userAgent"] = BOT
    if context:
        item["context"] = context
    minute = draw(minutes)
    if minute:
        item["timestamp"] = f"2026-03-14T09:0{minute}:00Z"
    if draw(st.integers(0, 9)) == 0:
        item["sentAt"] = "2026-03-14T08:00:00Z"
    return draw(st.sampled_from(SOURCES)), item


def identified(type_: str, space: str, values: Sequence[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.builds(lambda value: {"type": type_, "space": space, "value": value}, st.sampled_from(values))


ends = st.one_of(
    identified("user_id", "shop", USERS), identified("email", "", MAILS), identified("loyalty_id", "main", CARDS),
    identified("phone", "", PHONES), identified("anonymous_id", "shop", COOKIES),
)  # fmt: skip
links = st.tuples(st.sampled_from(("must", "cannot", "none")), ends, ends).filter(lambda link: link[1] != link[2])


def link(word: str, a: dict[str, str], b: dict[str, str], at: int) -> Sent:
    """A word by hand, said at a moment of its own: the latest counts, so words keep their time."""
    return Sent(SHOP, {"control": "link", "word": word, "a": a, "b": b}, "control", RECEIVED + at)


@st.composite
def histories(draw: st.DrawFn) -> list[Sent]:
    """Items with message ids of their own source, and words by hand."""
    numbers: dict[Source, count[int]] = {}
    sents = []
    for source, item in draw(st.lists(items(), min_size=2, max_size=14)):
        number = next(numbers.setdefault(source, count()))
        sents.append(Sent(source, {"messageId": f"m-{number}", **item}))
    return sents + [link(*each, at) for at, each in enumerate(draw(st.lists(links, max_size=2)))]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(), st.randoms(use_true_random=False))
def test_any_order_any_batches_and_duplicates_give_the_same_digest(
    town: Town, sents: list[Sent], chance: Random
) -> None:
    compare(town, sents, chance, 2)


def at(source: Source, number: int, item: dict[str, Any]) -> Sent:
    """The item as the source's event of this number, a minute each."""
    return Sent(source, {"messageId": f"n-{number}", "timestamp": f"2026-03-14T08:{number:02}:00Z", **item})


def user(value: str) -> dict[str, str]:
    return {"type": "user_id", "space": "shop", "value": value}


ANN, BO = {"email": MAILS[0]}, {"email": MAILS[1]}
EURO = {"order_id": "o-1", "currency": "EUR"}
CASES: dict[str, list[Sent]] = {
    "an e-mail that turns out to be shared": [
        at(SHOP, 1, identify("u-1", "k-1", **ANN)), at(SHOP, 2, identify("u-2", "k-2", **ANN)),
        at(SITE, 3, identify("", "k-1", **ANN)), at(TILL, 4, identify("", **ANN, loyalty_id="C-71")),
    ],
    "a kiosk's cookie": [at(SITE, n, identify(f"u-{n}", "k-1")) for n in range(1, 6)],
    "a phone that bridges, until a third person has it": [
        at(SHOP, 1, identify("u-1", phone=PHONES[0])), at(TILL, 2, identify("", loyalty_id="C-71", phone=PHONES[0])),
        at(SHOP, 3, identify("u-2", phone=PHONES[0])), at(SHOP, 4, identify("u-3", phone=PHONES[0])),
    ],
    "two accounts told apart by hand": [
        at(SHOP, 1, identify("u-1", **ANN)), at(TILL, 2, identify("", **ANN, loyalty_id="C-71")),
        link("cannot", user("u-1"), {"type": "loyalty_id", "space": "main", "value": "C-71"}, 1),
        at(SITE, 3, identify("u-1", "k-1")), at(TILL, 4, track("Product Viewed", product_id="mug", traits=ANN)),
    ],
    "joined by hand, taken back, joined again": [
        at(SHOP, 1, identify("u-1", **ANN)), at(SHOP, 2, identify("u-2", **BO)),
        *(link(word, user("u-1"), user("u-2"), n) for n, word in enumerate(("must", "none", "must"))),
        link("cannot", {"type": "email", "space": "", "value": MAILS[0]}, user("u-2"), 4),
    ],
    "an order by browser and server, updated, cancelled, refunded": [
        at(SITE, 1, track("Order Completed", "", "k-1", **EURO, total=10, products=[{"product_id": "mug"}])),
        at(SHOP, 2, track("Order Completed", "u-1", **EURO, total=12)),
        at(SHOP, 3, track("Order Updated", **EURO, total=11)),
        at(SHOP, 4, track("Order Refunded", "u-1", **EURO, amount=4, refund_id="r")),
        at(TILL, 5, track("Order Refunded", "u-1", **EURO, amount=5, refund_id="r")),
        at(SHOP, 6, track("Order Cancelled", "u-1", order_id="o-1")),
        at(FORGED, 7, track("Order Completed", "u-2", **EURO, total=1)),
    ],
    "a nameless receipt that two claim, before and after it is told": [
        at(TILL, 1, track("Order Completed", receipt_id="77", store_id="s", total=10)),
        at(TILL, 2, track("Receipt Claimed", receipt_id="77", store_id="s", traits=ANN)),
        at(TILL, 3, track("Receipt Claimed", receipt_id="77", store_id="s", traits=BO)),
        at(TILL, 4, track("Receipt Claimed", receipt_id="78", store_id="s", traits=BO)),
        at(TILL, 5, track("Order Completed", receipt_id="78", store_id="s", total=5, traits=ANN)),
        at(FORGED, 6, track("Receipt Claimed", receipt_id="77", store_id="s", traits=ANN)),
    ],
    "consent given and withdrawn, at one moment too": [
        at(SHOP, 1, track("Consent Given", "u-1", purpose="news", channel="email", email=MAILS[0])),
        at(SHOP, 2, track("Consent Withdrawn", "u-1", email=MAILS[0])),
        at(TILL, 2, track("Consent Given", "u-1", purpose="news", channel="email", email=MAILS[0])),
        at(SHOP, 3, track("Consent Given", "u-1", purpose="news", channel="email", email=MAILS[0])),
        at(TILL, 3, track("Consent Withdrawn", "u-1", purpose="news", channel="email", email=MAILS[0])),
        at(SITE, 4, track("Consent Withdrawn", "", "k-1", purpose="news")),
    ],
    "aliases of a server, a browser and a forger": [
        at(SHOP, 1, identify("u-1", **ANN)), at(SHOP, 2, identify("u-2", **BO)), at(SITE, 3, identify("", "k-1")),
        at(SITE, 4, {"type": "alias", "userId": "u-1", "previousId": "k-1"}),
        at(FORGED, 5, {"type": "alias", "userId": "u-1", "previousId": "u-2"}),
        at(SHOP, 5, {"type": "alias", "userId": "u-1", "previousId": "u-2"}),
    ],
    "more traits, carts and days than a fragment holds": [
        at(SHOP, n, {**identify("u-1", **{f"t-{n}": "said"}), "timestamp": f"2026-02-{n + 1:02}T08:00:00Z"})
        for n in range(4)
    ] + [at(SITE, 20 + n, track("Product Added", "u-1", product_id=PRODUCTS[n])) for n in range(4)]
    + [at(SITE, 30, track("Order Completed", "u-1", order_id="o-2", total=1))],
    "looks at a cart among adds and removes": [
        at(SITE, 1, track("Product Added", "u-1", product_id="a")),
        at(SITE, 2, track("Cart Viewed", "u-1", products=[{"product_id": "b"}, {"product_id": "c", "quantity": 2}])),
        at(SHOP, 2, track("Product Removed", "u-1", product_id="b")),
        at(SITE, 3, track("Product Added", "u-1", product_id="d")),
        at(SITE, 4, track("Cart Viewed", "u-1", products=[])),
        at(SHOP, 4, track("Product Added", "u-1", product_id="e")),
    ],
    "a product told by two sources": [
        at(source, n, track("Product Updated", product_id="mug", name=f"{source.name} {n}"))
        for source in (SHOP, TILL) for n in range(3)
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_in_any_order(town: Town, name: str) -> None:
    compare(town, CASES[name], Random(7), 12)


def test_other_items_give_another_digest(town: Town) -> None:
    """Shows that the comparison above compares something."""
    seen: set[str] = set()
    for sents in CASES.values():
        seen.add(json.dumps(town.filled([[alone(each, Random(0)) for each in sents]])))
    assert len(seen) == len(CASES)
    assert town.filled([]) != town.filled([[alone(CASES["a product told by two sources"][0], Random(0))]])
