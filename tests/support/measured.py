"""A small shop whose messages can be measured: campaigns of its own and of others over the same 400 people."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from psycopg import Connection
from support.lakes import customer_id, write_lake

from regulars.decisioning.campaigns.campaign import Campaign, Variant
from regulars.decisioning.campaigns.store import put
from regulars.measurement.measure import measure
from regulars.measurement.result import Result
from regulars.model.contact import ContactPolicy
from regulars.model.decision import Action, rulebook
from regulars.segments.shipped import install

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
NOW = int((START + timedelta(days=20)).timestamp() * 1_000_000)
BOOK = rulebook(ContactPolicy(holdout=0.0), (Action("spring", holdout=0.3),))
DECIDE = """
INSERT INTO decisions (id, occasion, kind, name, customer, at, action, version, channel, done, probability, arm,
    held_by, policy, again, simulated, words, body)
VALUES (%s, %s, 'campaign', %s, %s, %s, %s, 1, 'email', %s, 0.7, %s, %s, %s, 0, false, '', '')
"""
TOUCH = "INSERT INTO touches VALUES (%s, %s, %s, '', %s, 1, 1, 1)"
KEEP = "INSERT INTO rulebooks (version, at, body) VALUES (%s, 0, %s) ON CONFLICT DO NOTHING"


def order(customer: str, day: float, spend: int = 1_000, currency: str = "EUR", **more: Any) -> dict[str, Any]:
    """A row of the lake's orders, so many days after `START`."""
    time = START + timedelta(days=day)
    return {
        "customer": customer, "time": time, "order_id": f"{customer}-{day}", "space": "main", "currency": currency,
        "spend": spend, "total": spend, **more,
    }  # fmt: skip


def told(customer: str | None, event: str, campaign: str, **properties: Any) -> dict[str, Any]:
    """A row of the lake's events at `START`: what a source tells of a campaign of its own."""
    said = json.dumps({"campaign_id": campaign, **properties})
    return {
        "customer": customer, "time": START, "name": event, "kind": "track", "source": "post", "properties": said
    }  # fmt: skip


def keep_book(connection: Connection[Any]) -> None:
    """Let the decisions' rulebook be known, by which three in ten are held back."""
    body = msgspec.json.encode(BOOK, order="deterministic").decode()
    connection.execute(KEEP, (BOOK.version, body))


def decide(
    connection: Connection[Any], name: str, customer: bytes, held: bool, number: int, at: int = 0,
    action: str = "spring",
) -> bytes:  # fmt: skip
    """A decision of a campaign of ours, `at` microseconds after `START`; its id."""
    when = int(START.timestamp() * 1_000_000) + at
    arm, by = ("held_back", "spring") if held else ("treated", "")
    id = f"{name} {number}".encode().ljust(16, b".")[:16]
    values = (id, f"{name}-{number}", name, customer, when, action, not held, arm, by, BOOK.version)
    connection.execute(DECIDE, values)
    return id


def two_messages(connection: Connection[Any], folder: Path, better: bool = True, people: int = 400) -> list[Result]:
    """What is measured of the campaign *duel*, whose message B sells to more people than A, or to as many."""
    random, orders = Random(5), list[dict[str, Any]]()
    keep_book(connection)
    install(connection)
    campaign = Campaign(
        name="duel", title="Duel", segment="left-a-cart", variants=(Variant("calm", 50), Variant("bold", 50))
    )
    put(connection, "user:1", campaign)
    connection.execute("UPDATE campaigns SET state = 'done'")
    with connection.transaction():
        for number in range(people):
            who, letter = f"p{number}", "ab"[number % 2]
            if random.random() < (0.7 if letter == "b" and better else 0.25):
                orders.append(order(who, 1 + number % 10 / 10))
            customer = bytes.fromhex(customer_id(who))
            decision = decide(connection, "duel", customer, False, number, action=f"duel-{letter}")
            for what, machine in (("opened", ""), ("opened", "apple"), ("clicked", ""))[: number % 4]:
                connection.execute(TOUCH, (decision, what, machine, customer))
    return measure(connection, write_lake(folder, orders=orders), NOW)


def small_shop(connection: Connection[Any], folder: Path) -> list[Result]:
    """What is measured of one campaign of ours (*spring*) and three of others (*lot*, *chosen*, *odd*)."""
    random, orders, events = Random(3), list[dict[str, Any]](), list[dict[str, Any]]()
    keep_book(connection)
    for number in range(400):
        who, held = f"p{number}", number % 10 < 3
        rich = number // 10 % 4 == 0
        orders.append(order(who, -30, 6_000 if rich else 1_000))
        if random.random() < (0.3 if held else 0.6):
            orders += [order(who, 1 + number % 10 / 10), order(who, 3.5, 500)]
        orders += [order(who, 14.1), order(who, 2, claimed=True), order(who, -0.01, 1)]
        events.append(told(who, "Message Withheld" if held else "Message Sent", "lot", randomised=True))
        if rich:
            events.append(told(who, "Message Sent", "chosen", randomised=False))
        if number < 100:
            events.append(told(who, "Message Withheld" if number < 50 else "Message Sent", "odd"))
    with connection.transaction():
        for number in range(400):
            decide(connection, "spring", bytes.fromhex(customer_id(f"p{number}")), number % 10 < 3, number)
    about = {"name": "By lot", "randomised": True, "control_share": 0.3}
    odd = {"randomised": True, "control_share": 0.1}
    events += [told(None, "Campaign Updated", "lot", **about), told(None, "Campaign Updated", "odd", **odd)]
    return measure(connection, write_lake(folder, orders=orders, events=events), NOW)
