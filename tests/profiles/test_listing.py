"""The table of customers follows what is stored of them, however it changes."""

from typing import Any

import msgspec
import pytest
from support.installation import POLICY, RECEIVED, SHOP, SITE, TILL, Installation, identify, track
from support.listing import refresh

from regulars.erasure import erasure_frame
from regulars.identity.queries import KEYS_OF
from regulars.identity.rules import RULES
from regulars.profiles.listing.row import ListedCustomer
from regulars.profiles.reader import customer_page
from regulars.profiles.search import search
from regulars.storage import log, stale

FIELDS = ", ".join(ListedCustomer.__struct_fields__)


def listed(installation: Installation) -> dict[bytes, ListedCustomer]:
    refresh(installation)
    rows = installation.connection.cursor(binary=True).execute(f"SELECT {FIELDS} FROM customers").fetchall()
    found = [msgspec.convert(row, ListedCustomer) for row in rows]
    return {row.id: row for row in found}


def holds_for_all(installation: Installation) -> dict[bytes, ListedCustomer]:
    """What is listed, after each row was held against the customer's page, and what a fresh table would hold."""
    rows = listed(installation)
    for id, row in rows.items():
        page = installation.read(lambda connection, id=id: customer_page(connection, id))  # type: ignore[misc]
        assert page is not None
        assert (row.kind, row.orders, row.cart) == (page.kind, page.orders, len(page.open_cart))
        assert row.name == (page.name.value if page.name else "")[:200]
        assert set(row.channels) == {each.key for each in page.channels}
        assert set(row.stores) == {each.key for each in page.stores}
        spent = {each.currency: each.minor for each in page.spend}
        assert row.spend == spent.get(row.currency, 0)
        assert row.simulated == page.simulated
    stale.mark_all(installation.connection)
    assert listed(installation) == rows
    words = installation.connection.execute("SELECT word, n FROM name_words ORDER BY word").fetchall()
    installation.connection.execute("DELETE FROM name_words")
    installation.connection.execute("DELETE FROM customers")
    assert listed(installation) == rows
    assert installation.connection.execute("SELECT word, n FROM name_words ORDER BY word").fetchall() == words
    return rows


def bought(user: str, order: str, total: float, **more: Any) -> dict[str, Any]:
    return track("Order Completed", user, order_id=order, total=total, currency="EUR", **more)


def test_a_row_says_what_her_page_says(installation: Installation) -> None:
    installation.send(SHOP, identify("u1", name="Zoë Großmann", email="zoe@mail.example", phone="+4366012345678"))
    installation.send(SHOP, bought("u1", "o1", 12.5, channel="store", store_id="12"))
    installation.send(SITE, track("Product Added", "u1", "c1", product_id="p1", name="Scarf"))
    (row,) = holds_for_all(installation).values()
    assert (row.name, row.sorted) == ("Zoë Großmann", "zoe grossmann")
    assert "zoe@mail.example" in row.words and " grossmann" in row.words
    assert (row.orders, row.spend, row.currency, row.cart, row.stores) == (1, 1250, "EUR", 1, ("12",))
    assert row.known[0] == "user_id:u1"


def test_merging_and_splitting_leave_no_row_behind(installation: Installation) -> None:
    installation.send(SHOP, identify("u1", name="Ada"), bought("u1", "o1", 10))
    installation.send(TILL, identify("", "", email="ada@mail.example", phone="+4366012345678"))
    assert len(holds_for_all(installation)) == 2
    installation.send(SHOP, identify("u1", email="ada@mail.example"))
    (row,) = holds_for_all(installation).values()
    assert row.orders == 1 and "email:ada@mail.example" in row.known


def test_what_is_nobodys_may_change_somebodys_row(installation: Installation) -> None:
    installation.send(SHOP, identify("u1"), bought("u1", "o1", 10))
    assert [row.spend for row in holds_for_all(installation).values()] == [1000]
    installation.send(SHOP, track("Order Refunded", order_id="o1", total=4, currency="EUR"))
    assert [row.spend for row in holds_for_all(installation).values()] == [600]


def test_an_order_that_somebody_else_tells_of_changes_both_rows(installation: Installation) -> None:
    installation.send(SITE, track("Order Completed", "", "c1", order_id="o1", total=10, currency="EUR"))
    installation.send(SHOP, bought("u1", "o1", 10))
    rows = holds_for_all(installation)
    assert sorted(row.orders for row in rows.values()) == [0, 1]


@pytest.mark.parametrize("channel", ["email", ""])
def test_consent_as_it_stands(installation: Installation, channel: str) -> None:
    said = {"purpose": "marketing", **({"channel": channel} if channel else {})}
    installation.send(SHOP, identify("u1", email="ada@mail.example"))
    installation.send(SHOP, track("Consent Given", "u1", address="ada@mail.example", **said))
    (row,) = holds_for_all(installation).values()
    assert row.consents == ("email",)
    installation.send(TILL, track("Consent Withdrawn", "", address="email:ada@mail.example", **said,
                                  traits={"email": "ada@mail.example"}))  # fmt: skip
    (row,) = holds_for_all(installation).values()
    assert "-email" in row.consents and "email" not in row.consents


@pytest.mark.parametrize("text", ["kohc", "kock", "kch", "kooch", "Anna Kohc", "ana kohc"])
def test_a_short_misspelt_name_is_found(installation: Installation, text: str) -> None:
    installation.send(SHOP, identify("u1", name="Anna Koch"), identify("u2", name="Greta Lang"))
    refresh(installation)
    found = installation.read(lambda connection: search(connection, text, 5, POLICY, RULES))
    assert [each.name for each in found] == ["Anna Koch"]


def test_an_erasure_takes_her_row_in_its_own_transaction(installation: Installation) -> None:
    installation.send(SHOP, identify("u1", name="Zoe Quist", email="zoe@mail.example"), identify("u2", name="Ada"))
    installation.send(SHOP, bought("u1", "o1", 10))
    assert len(listed(installation)) == 2
    customer = installation.holder("user_id", "u1")
    assert customer is not None
    keys = [row[0] for row in installation.connection.cursor(binary=True).execute(KEYS_OF, (customer,))]
    log.append(installation.connection, [[erasure_frame(customer, keys, RECEIVED)]])
    installation.step()
    left = installation.connection.execute("SELECT name FROM customers").fetchall()
    words = installation.connection.execute("SELECT word FROM name_words").fetchall()
    assert ("Zoe Quist",) not in left and ("quist",) not in words
    assert [row.name for row in holds_for_all(installation).values()] == ["Ada"]


def test_what_cannot_be_indexed_is_bounded(installation: Installation) -> None:
    installation.send(SHOP, identify("u1", name="\ufdfa" * 190), identify("u2", name="Ada"))
    assert len(holds_for_all(installation)) == 2


def test_a_damaged_name_does_no_harm(installation: Installation) -> None:
    installation.send(SHOP, identify("u1", name="x" * 900 + "\x07 ‮evil <b>"), identify("u2", name={"a": 1}))
    installation.send(SHOP, identify("u3", name="'=HYPERLINK(1)", email="😀@mail.example"))
    rows = holds_for_all(installation).values()
    assert {row.name[:9] for row in rows} == {"xxxxxxxxx", "'=HYPERLI", ""} - ({""} if len(rows) == 2 else set())
