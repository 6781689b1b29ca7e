"""Soft bounces add up to a suppression; what arrives sets them back, and a hand-over alone proves nothing."""

import time

import pytest
from messaging.test_inbound_letters import dsn
from support.emptied import emptied
from support.installation import SECRET, Installation
from support.post import post_office
from support.sending import Shop

from regulars.consent.standing import standings
from regulars.consent.suppress import BOUNCES, lift
from regulars.decisioning import outbox
from regulars.identity.blocked import Policy
from regulars.identity.bundle import identifier_key
from regulars.identity.rules import RULES
from regulars.messaging import soft
from regulars.messaging.channels.settings import Mail
from regulars.messaging.channels.verp import return_path
from regulars.messaging.delivery.erase import erase_deliveries
from regulars.messaging.inbound.take import Means, take
from regulars.messaging.soft import DAY, SETTLED, Soft
from regulars.model.identifier import Identifier
from regulars.model.parts import Erasure

ADA = Identifier("email", "", "ada@mail.example")
LIMIT = Soft(3, 7)
NOW = 1_800_000_000_000_000
MAIL = Mail.from_settings({"sender": "Shop <news@shop.example>", "soft_bounces": 2, "soft_days": 0})


@pytest.fixture
def shop(shared_installation: Installation) -> Shop:
    made = Shop(emptied(shared_installation))
    made.connection.execute("DELETE FROM soft_bounces")
    return made


def bounced(shop: Shop, day: float, limit: Soft = LIMIT) -> bool:
    return soft.bounced(shop.connection, SECRET, ADA, limit, NOW + int(day * DAY), "mail")


def handed_over(shop: Shop, day: float) -> None:
    soft.handed_over(shop.connection, SECRET, [ADA], NOW + int(day * DAY))


def refusal(shop: Shop) -> str:
    who = shop.holder("ada")
    return standings(shop.connection, [who], RULES, "UTC")[who].permit("email", "marketing", "", NOW).code


def reasons(shop: Shop) -> list[tuple[str, str]]:
    return shop.connection.execute("SELECT reason, proof FROM suppressions").fetchall()


def test_enough_of_them_over_enough_days_stop_an_address(shop: Shop) -> None:
    assert [bounced(shop, day) for day in (0, 1, 2, 6.9, 7)] == [False, False, False, False, True]
    assert reasons(shop) == [(BOUNCES, "5 soft bounces")] and refusal(shop) == "suppressed"
    # Taken back by hand, the address begins anew.
    assert lift(shop.connection, SECRET, ADA, BOUNCES)
    assert not bounced(shop, 8) and refusal(shop) == ""


def test_none_is_never_too_many(shop: Shop) -> None:
    assert not any(bounced(shop, day, Soft(0, 0)) for day in range(50))


def test_what_is_taken_and_comes_back_counts_on(shop: Shop) -> None:
    for day in (0, 4, 8):
        handed_over(shop, day)
        stopped = bounced(shop, day + 0.5)
    assert stopped


def test_what_does_not_come_back_has_arrived(shop: Shop) -> None:
    assert not bounced(shop, 0) and not bounced(shop, 4)
    handed_over(shop, 5)
    handed_over(shop, 5 + SETTLED / DAY - 0.01)
    assert shop.connection.execute("SELECT n FROM soft_bounces").fetchall() == [(2,)], "it may come back yet"
    handed_over(shop, 5 + SETTLED / DAY + 0.01)
    assert shop.connection.execute("SELECT n FROM soft_bounces").fetchall() == []
    assert not bounced(shop, 9)


def test_a_word_that_it_arrived_counts_at_once(shop: Shop) -> None:
    bounced(shop, 0)
    soft.arrived(shop.connection, SECRET, ADA)
    assert not bounced(shop, 8) and not bounced(shop, 9)


def test_reports_and_the_server_are_counted(shop: Shop) -> None:
    means = Means(SECRET, RULES, Policy(), MAIL)
    now = time.time_ns() // 1000
    first = shop.put(1)
    outbox.claim(shop.connection, ["email"], 9, now)
    outbox.done(shop.connection, {first: "<1@shop.example>"}, now)
    report = dsn("4.2.2", to=return_path(SECRET, "bounce@shop.example", first))
    for _ in range(2):
        take(shop.connection, means, report, now)
    assert shop.connection.execute("SELECT n FROM soft_bounces").fetchall() == [(1,)], "told twice is once"
    shop.put(2)
    with post_office() as (box, place):
        box.data = lambda content: "554 5.7.1 not like this"
        sender = shop.sender(place)
        sender.turn()
        sender.close()
    assert shop.connection.execute("SELECT n FROM soft_bounces").fetchall() == [(2,)]
    third = shop.put(3)
    outbox.claim(shop.connection, ["email"], 9, now)
    outbox.done(shop.connection, {third: "<3@shop.example>"}, now)
    take(
        shop.connection, means,
        dsn("4.2.2", to=return_path(SECRET, "bounce@shop.example", third)), now,
    )  # fmt: skip
    assert [reason for reason, _ in reasons(shop)] == [BOUNCES]


def test_an_erasure_takes_the_count(shop: Shop) -> None:
    bounced(shop, 0)
    key = identifier_key(ADA, SECRET)
    erasure = Erasure(1, (), {key: ADA}, frozenset(), frozenset(), frozenset())
    assert erase_deliveries(shop.connection, erasure)["soft_bounces"] == 1
