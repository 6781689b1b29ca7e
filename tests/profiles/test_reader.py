from typing import Any

import pytest
from support.installation import POLICY, SECRET, SHOP, SITE, TILL, Installation, identify, track

from regulars.identity.lookup import wanted
from regulars.profiles.find import find
from regulars.profiles.history import TimelinePage, events_of
from regulars.profiles.reader import CustomerPage, customer_page

BOOT = {"product_id": "boot", "name": "Boot", "price": 50, "quantity": 1}
SOCK = {"product_id": "sock", "name": "Sock", "price": 5, "quantity": 2}


def page(installation: Installation, text: str) -> CustomerPage:
    async def run(connection: Any) -> CustomerPage | None:
        (customer,) = (await find(connection, wanted(text), POLICY, SECRET)).customers
        return await customer_page(connection, customer)

    made = installation.read(run)
    assert made is not None
    return made


def found(installation: Installation, text: str) -> tuple[tuple[bytes, ...], str]:
    async def run(connection: Any) -> tuple[tuple[bytes, ...], str]:
        each = await find(connection, wanted(text), POLICY, SECRET)
        return each.customers, each.note

    return installation.read(run)


def events(installation: Installation, customer: bytes, before: str = "", limit: int = 50) -> TimelinePage:
    return installation.read(lambda connection: events_of(connection, customer, before, limit))


def known(made: CustomerPage) -> dict[str, tuple[bool, bool]]:
    return {f"{each.type}:{each.value}": (each.claimed, each.shared) for each in made.identifiers}


def two_verified(installation: Installation) -> None:
    for user, card in (("u1", "700001"), ("u2", "700002")):
        traits = {"email": f"{user}@mail.example", "phone": f"+1 202 555 014{user[1]}", "loyalty_id": card}
        installation.send(SHOP, identify(user, **traits, name=f"Name {user}"))


def test_nobody_has_an_unknown_id(installation: Installation) -> None:
    assert installation.read(lambda connection: customer_page(connection, b"x" * 16)) is None


def test_a_persons_page(installation: Installation) -> None:
    installation.send(
        SHOP,
        identify("u1", email="ada@mail.example", name="Ada Lovelace"),
        {"type": "track", "event": "Product Updated", "properties": {"product_id": "hat", "name": "Red Hat"}},
        {"type": "track", "event": "Store Updated", "properties": {"store_id": "32", "name": "Harbour"}},
        track("Order Completed", "u1", order_id="o1", total=50, currency="USD", store_id="32", products=[BOOT]),
    )
    installation.send(SITE, track("Product Viewed", "u1", "c1", product_id="hat"))
    ada = page(installation, "email:ada@mail.example")
    assert ada.kind == "person" and ada.name is not None and ada.name.value == "Ada Lovelace"
    assert [each.text for each in ada.spend] == ["50.00 USD"] and ada.orders == 1
    assert [each.name for each in ada.viewed_not_bought] == ["Red Hat"]
    assert [each.name for each in ada.favourite_stores] == ["Harbour"]
    assert known(ada) == {
        "anonymous_id:c1": (True, False),
        "email:ada@mail.example": (False, False),
        "user_id:u1": (False, False),
    }
    assert [each.sources for each in ada.identifiers if each.type == "user_id"] == [("shop", "site")]


def test_an_anonymous_visitor_and_a_shared_record(installation: Installation) -> None:
    installation.send(SITE, {"type": "page", "anonymousId": "c1", "name": "Home"})
    assert page(installation, "anonymous_id:c1").kind == "anonymous"
    installation.send(SHOP, *(identify(f"u{n}", phone="+1 202 555 0143") for n in (1, 2, 3)))
    installation.send(SHOP, track("Message Replied", traits={"phone": "+1 202 555 0143"}))
    record = page(installation, "phone:+12025550143")
    assert record.kind == "shared" and known(record) == {"phone:+12025550143": (False, True)}
    one = page(installation, "user_id:u1")
    assert known(one)["phone:+12025550143"] == (False, True) and one.phones[0].shared


def test_an_order_is_its_winners_and_a_nameless_receipt_nobodys(installation: Installation) -> None:
    order: dict[str, Any] = {"order_id": "o1", "total": 60, "currency": "EUR", "products": [BOOT, SOCK]}
    installation.send(SITE, track("Order Completed", "", "c1", **order))
    browser = page(installation, "anonymous_id:c1")
    assert browser.claimed_orders == 1 and browser.orders == 0
    installation.send(SHOP, track("Order Completed", "u1", **order))
    assert page(installation, "order_id:o1").id == page(installation, "user_id:u1").id
    assert page(installation, "user_id:u1").orders == 1
    assert page(installation, "anonymous_id:c1").claimed_orders == 0
    receipt: dict[str, Any] = {"receipt_id": "9", "store_id": "1", "till_id": "2", "total": 3, "currency": "EUR"}
    installation.send(TILL, track("Order Completed", **receipt))
    customers, note = found(installation, "receipt_id:1/2/2026-03-14:9")
    assert customers == () and "nobody" in note


def test_refunds_and_cancellations_count_wherever_they_were_reported(installation: Installation) -> None:
    installation.send(
        SHOP,
        track("Order Completed", "u1", order_id="o1", total=60, currency="EUR", products=[BOOT, SOCK]),
        track("Order Completed", "u1", order_id="o2", total=10, currency="EUR"),
        track("Order Refunded", order_id="o1", refund_id="r1", total=50, currency="EUR", products=[BOOT]),
        track("Order Cancelled", "u2", order_id="o2"),
    )
    one = page(installation, "user_id:u1")
    assert [each.text for each in one.spend] == ["10.00 EUR"]
    assert one.cancelled_orders == 1 and [each.product for each in one.returned] == ["boot"]
    assert page(installation, "user_id:u2").last_orders == ()


def test_withdrawn_consent_on_a_shared_address_counts_but_what_others_were_given_does_not(
    installation: Installation,
) -> None:
    installation.send(SHOP, *(identify(f"u{n}", phone="+1 202 555 0143") for n in (1, 2, 3)))
    spoken: dict[str, Any] = {"traits": {"phone": "+1 202 555 0143"}, "purpose": "marketing", "channel": "sms"}
    installation.send(SHOP, track("Consent Given", **spoken))
    assert page(installation, "user_id:u1").consents == ()
    installation.send(SHOP, track("Consent Withdrawn", **spoken))
    (word,) = page(installation, "user_id:u1").consents
    assert word.word == "withdrawn" and word.covers_all


CLAIMS = [{"email": "u2@mail.example"}, {"phone": "+1 202 555 0142"}, {"loyalty_id": "700002"}]


@pytest.mark.parametrize("claim", CLAIMS, ids=["email", "phone", "card"])
def test_a_public_key_that_claims_a_strangers_identifier(installation: Installation, claim: dict[str, Any]) -> None:
    two_verified(installation)
    installation.send(SHOP, track("Consent Given", "u2", purpose="marketing", channel="email"))
    installation.send(SHOP, track("Order Completed", "u2", order_id="o2", total=60, currency="EUR"))
    before = page(installation, "user_id:u2")
    forged = [identify("u1", f"forged-{n}", **claim, name="Mallory", city="Nowhere") for n in range(5)]
    installation.send(SITE, *forged, track("Order Completed", "u1", order_id="o2", total=1, currency="EUR"))
    installation.send(SITE, *(identify("", f"other-{n}", **claim, name="Mallory") for n in range(5)))
    installation.send(SITE, *(identify(f"fake-{n}", **claim, name="Mallory") for n in range(5)))
    installation.send(SITE, {"type": "alias", "userId": "u1", "previousId": "u2"})
    one, two = page(installation, "user_id:u1"), page(installation, "user_id:u2")
    assert one.id != two.id and two.id == before.id
    ((type_, value),) = ((name, normalised) for name, normalised in _said(claim))
    assert two.name == before.name and two.traits == before.traits and "city" not in two.traits
    assert two.consents == before.consents and two.spend == before.spend and two.orders == 1
    assert one.consents == () and one.spend == () and one.name is not None and one.name.value == "Name u1"
    assert known(two)[f"{type_}:{value}"] == (False, False)
    assert known(one)[f"{type_}:{value}"] == (True, False)
    assert [(each.customer, each.claimed) for each in one.beside] == [(two.id, True)]
    assert one.claimed["name"].value == "Mallory"


def _said(claim: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, value.replace(" ", "")) for name, value in claim.items()]


def test_a_claimed_name_stands_only_where_no_server_speaks(installation: Installation) -> None:
    installation.send(SITE, identify("u9", "c9", name="Nora"))
    nora = page(installation, "user_id:u9")
    assert nora.name is not None and nora.name.value == "Nora" and nora.claimed == {}
    assert all(claimed for claimed, _ in known(nora).values())


def test_the_timeline_in_pages(installation: Installation) -> None:
    for part in range(4):
        # Each event on a bundle of its own user and cookie; the hundredth second is the newest.
        items = [track(f"Step {part * 25 + n}", "u1", f"c{n % 7}") for n in range(25)]
        installation.send(SITE, *items)
    customer = bytes.fromhex(page(installation, "user_id:u1").id)
    seen, before = [], ""
    while True:
        got = events(installation, customer, before, 7)
        assert len(got.events) <= 7
        seen += [each.name for each in got.events]
        before = got.before
        if not before:
            break
    assert seen == [f"Step {n}" for n in reversed(range(100))]
    assert events(installation, customer, "", 1).events[0].summary == "Step 99 (site)"
    assert events(installation, b"x" * 16) == TimelinePage((), "")


@pytest.mark.parametrize("before", ["x", "1", "-1.2", "9" * 40 + ".1", "1.2.3", "\0"])
def test_a_place_that_is_none(installation: Installation, before: str) -> None:
    with pytest.raises(ValueError, match="before"):
        events(installation, b"x" * 16, before)


def test_events_of_one_moment_are_not_lost_between_pages(installation: Installation) -> None:
    same = {"timestamp": "2026-03-01T00:00:00Z"}
    installation.send(SITE, *({**track(f"Step {n}", "u1", f"c{n % 3}"), **same} for n in range(20)))
    customer = bytes.fromhex(page(installation, "user_id:u1").id)
    seen, before = [], ""
    while True:
        got = events(installation, customer, before, 3)
        seen += [each.name for each in got.events]
        before = got.before
        if not before:
            break
    assert sorted(seen) == sorted(f"Step {n}" for n in range(20))


def test_what_a_stranger_claims_of_her_says_so(installation: Installation) -> None:
    installation.send(SHOP, identify("u1", email="ada@mail.example"), track("Product Viewed", "u1", product_id="hat"))
    forged: dict[str, Any] = {
        "traits": {"email": "ada@mail.example"},
        "context": {"device": {"id": "d1"}},
        "channel": "web",
    }
    installation.send(
        SITE,
        track("Product Viewed", product_id="shame", **forged),
        track("Product Viewed", product_id="hat", **forged),
        track("Product Added", product_id="shame", **forged),
    )
    installation.send(SHOP, track("Product Added", "u1", product_id="hat", channel="app"))
    ada = page(installation, "email:ada@mail.example")
    assert {each.product: each.claimed for each in ada.viewed} == {"hat": False, "shame": True}
    assert {each.product: each.claimed for each in ada.viewed_not_bought} == {"hat": False, "shame": True}
    assert {each.product: each.claimed for each in ada.open_cart} == {"hat": False, "shame": True}
    assert {each.key: each.claimed for each in ada.channels} == {"app": False, "web": True}
    timeline = events(installation, bytes.fromhex(ada.id)).events
    assert [each.claimed for each in timeline] == [each.trust == "client" for each in timeline]
    assert sum(each.claimed for each in timeline) == 3
