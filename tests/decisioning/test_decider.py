"""Wishes decided together in a real database: each as if alone, and none in the way of another."""

import asyncio
from collections.abc import Iterator

import pytest
from support.installation import SHOP, Installation, identify, track

from regulars.decisioning import actions
from regulars.decisioning.decider import PATIENCE, Busy, Decider
from regulars.decisioning.facts import Means
from regulars.decisioning.group import By, Settled, Taken, Unavailable, Wish, Worker
from regulars.decisioning.who import Nobody
from regulars.identity.blocked import Policy
from regulars.identity.lookup import wanted
from regulars.identity.rules import RULES
from regulars.model.contact import TOTAL, Cap, ContactPolicy
from regulars.model.decision import Action, Occasion, occasion_id
from regulars.storage.database import connect

ONE_A_DAY = ContactPolicy(
    caps={TOTAL: (Cap(1, 1),)}, service={}, hours_between=0, quiet_from=0, quiet_to=0, holdout=0.0, pressure=0
)
OFFER = Action("offer", title="Offer", message="offer", worth=1000, base_rate=0.5)
PEOPLE = ("ada", "bea", "cleo")


@pytest.fixture
def shop(installation: Installation) -> Iterator[Installation]:
    for name in PEOPLE:
        mail = f"{name}@mail.example"
        said = track("Consent Given", name, purpose="marketing", channel="email", address=mail)
        installation.send(SHOP, identify(name, email=mail), said)
    for (name,) in installation.connection.execute("SELECT DISTINCT name FROM actions").fetchall():
        actions.change(installation.connection, "test", name, enabled=False)
    actions.put(installation.connection, "test", OFFER)
    yield installation


def by(shop: Installation) -> By:
    return By(Means(RULES, shop.secret), Policy(), ONE_A_DAY, "UTC", "EUR")


def wish(shop: Installation, who: str, key: str, **context: object) -> Wish:
    occasion = Occasion(id=occasion_id(shop.secret, key), key=key, kind="api", name="shop", context=context)
    return Wish(wanted(who), occasion, "shop")


def settle(shop: Installation, *wishes: Wish) -> list[Settled | Exception]:
    async def settled() -> list[Settled | Exception]:
        worker = Worker(shop.conninfo, by(shop))
        try:
            return await worker.settle(wishes)
        finally:
            await worker.close()

    return asyncio.run(settled())


def did(found: Settled | Exception) -> bool:
    assert isinstance(found, Settled), found
    return found.decision.did is not None


def counts(shop: Installation) -> tuple[int, ...]:
    row = shop.connection.execute(
        "SELECT (SELECT count(*) FROM decisions), (SELECT count(*) FROM decisions WHERE done), "
        "(SELECT count(*) FROM outbox), (SELECT count(*) FROM audit WHERE action = 'decide')"
    ).fetchone()
    assert row is not None
    return row


def test_each_as_if_alone(shop: Installation) -> None:
    ada = shop.holder("user_id", "ada")
    assert ada is not None
    found = settle(
        shop, wish(shop, "email:ada@mail.example", "one"), wish(shop, ada.hex(), "two"),
        wish(shop, "user_id:bea", "three"), wish(shop, "email:nobody@mail.example", "four"),
        wish(shop, "ab" * 16, "five"), wish(shop, "email:ADA@mail.example", "one"), wish(shop, "user_id:bea", "one"),
    )  # fmt: skip
    first, second, third, fourth, fifth, again, other = found
    # Both name her, and there is room for one a day.
    assert (did(first), did(second), did(third)) == (True, False, True)
    assert isinstance(fourth, Nobody) and isinstance(fifth, Nobody)
    # An occasion is decided once; who asks for it on behalf of somebody else is told so.
    assert isinstance(again, Settled) and isinstance(first, Settled) and again.decision == first.decision
    assert isinstance(other, Taken)
    assert counts(shop) == (3, 2, 2, 5)


def test_old_ids_and_values_of_two_spaces(shop: Installation) -> None:
    ada, bea = shop.holder("user_id", "ada"), shop.holder("user_id", "bea")
    assert ada is not None and bea is not None
    shop.send(SHOP, {"type": "alias", "previousId": "bea", "userId": "ada"})
    found = settle(shop, wish(shop, ada.hex(), "one"), wish(shop, bea.hex(), "two"), wish(shop, "user_id:bea", "three"))
    assert [did(each) for each in found] == [True, False, False]
    assert len({each.decision.customer for each in found if isinstance(each, Settled)}) == 1


def test_what_cannot_be_stored_takes_nobody_with_it(shop: Installation) -> None:
    bad = wish(shop, "user_id:bea", "bad", said="\0")
    found = settle(shop, wish(shop, "user_id:ada", "one"), bad, wish(shop, "user_id:cleo", "two"))
    assert [isinstance(each, Settled) for each in found] == [True, False, True]
    # A decision and what it sets going are there together, or neither is.
    assert counts(shop)[:3] == (2, 2, 2)


def test_many_sides_pass_no_cap(shop: Installation) -> None:
    async def rush() -> list[Settled | BaseException]:
        deciders = [Decider(shop.conninfo, by(shop)) for _ in range(3)]
        wishes = [wish(shop, f"user_id:{name}", f"{name}/{n % 8}") for n in range(24) for name in PEOPLE]
        # The same occasions are asked for by all, and some of them for two people at once.
        wishes += [wish(shop, f"user_id:{PEOPLE[n % 2]}", f"both/{n // 2}") for n in range(16)]
        asked = [deciders[n % 3].decide(each) for n, each in enumerate(wishes)]
        found = await asyncio.gather(*asked, return_exceptions=True)
        for each in deciders:
            await each.stop()
        return found

    found = asyncio.run(rush())
    assert {type(each) for each in found} <= {Settled, Taken}
    assert counts(shop)[:3] == (32, 3, 3)


def test_one_who_must_wait_does_not_keep_the_others_waiting(shop: Installation) -> None:
    ada = shop.holder("user_id", "ada")
    assert ada is not None

    async def wait() -> None:
        decider = Decider(shop.conninfo, by(shop))
        with connect(shop.conninfo) as holding:
            lock = int.from_bytes(ada[:8], "big", signed=True)
            holding.execute("SELECT pg_advisory_xact_lock(%s)", (lock,))
            first = asyncio.create_task(decider.decide(wish(shop, "user_id:ada", "one")))
            await asyncio.sleep(2 * PATIENCE)
            assert did(await decider.decide(wish(shop, "user_id:bea", "two")))
            assert did(await decider.decide(wish(shop, "user_id:cleo", "three")))
            assert not first.done()
        assert did(await first)
        await decider.stop()
        with pytest.raises(Busy):
            await decider.decide(wish(shop, "user_id:ada", "late"))

    asyncio.run(wait())


def test_without_a_database(shop: Installation, tmp_path: object) -> None:
    async def ask() -> None:
        decider = Decider(f"host={tmp_path} dbname=none", by(shop))
        with pytest.raises(Unavailable):
            await decider.decide(wish(shop, "user_id:ada", "one"))
        await decider.stop()

    asyncio.run(ask())
