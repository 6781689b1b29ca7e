"""Claiming a receipt: forged, expired, twice, at once, of somebody, before the till told of it, and as it should be."""

import threading
import time
from typing import Any

import pytest
from support.emptied import emptied
from support.installation import POLICY, RECEIVED, SECRET, SHOP, TILL, Installation, track

from regulars.clienteling.address import BadAddress, address_of
from regulars.clienteling.claims import EXPIRED, NAMED, OPEN, USED, CannotClaim, claim, sale_of
from regulars.clienteling.receipt import BadReceipt, Receipt, claim_token, receipt_in, receipt_mac, receipt_of
from regulars.erasure import erasure_frame
from regulars.identity.rules import RULES
from regulars.model.identifier import Identifier
from regulars.model.rejection import Refused
from regulars.model.secret import Secret
from regulars.profiles.moments import moments_of
from regulars.profiles.order_reader import told_orders
from regulars.storage import database, log
from regulars.storage.recognised import Tally, recognised_since

DAYS = 30
SOLD = RECEIVED - 3_600_000_000
WHEN = {"timestamp": "2026-03-14T08:35:00Z"}
PLACE = {"store_id": "12", "till_id": "3", "receipt_id": "4711"}
RECEIPT = receipt_of("till", PLACE, SOLD)
ADA = Identifier("email", "", "ada@shop.example")
BOB = Identifier("email", "", "bob@shop.example")


@pytest.fixture
def installation(shared_installation: Installation) -> Installation:
    return emptied(shared_installation)


def sold(**more: Any) -> dict[str, Any]:
    lines = [{"product_id": "A1", "name": "Blue scarf", "price": 49.9, "quantity": 1}]
    return {**track("Order Completed", **PLACE, currency="EUR", total=49.9, products=lines, **more), **WHEN}


def claimed(installation: Installation, receipt: Receipt = RECEIPT, by: Identifier = ADA, now: int = RECEIVED) -> None:
    with installation.connection.transaction():
        claim(installation.connection, SECRET, receipt, by, now, DAYS)
    installation.step()


def standing(installation: Installation, now: int = RECEIVED) -> str:
    return installation.read(lambda connection: sale_of(connection, SECRET, RECEIPT, now, DAYS)).standing


def orders(installation: Installation, by: Identifier) -> list[tuple[str, int | None, str]]:
    holder = installation.holder(by.type, by.value)
    assert holder is not None
    found = installation.read(lambda connection: told_orders(connection, holder))
    return [(each.order.order_id, each.order.paid, each.order.place.store_id) for each in found]


@pytest.mark.parametrize("said", [{}, {"store_id": "12"}, {"order_id": ""}, {"order_id": None, "receipt_id": " "}])
def test_what_names_no_receipt(said: dict[str, Any]) -> None:
    with pytest.raises(BadReceipt):
        receipt_of("till", said, SOLD)


@pytest.mark.parametrize("said", [{"order_id": []}, {"receipt_id": True}, {"receipt_id": "1", "store_id": "x" * 201}])
def test_ids_of_a_wrong_type(said: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        receipt_of("till", said, SOLD)


def test_a_token_cannot_be_forged() -> None:
    token = claim_token(SECRET, RECEIPT)
    assert receipt_in(SECRET, token) == RECEIPT and len(token) < 120
    other = claim_token(Secret(b"x" * 32), RECEIPT)
    flipped = [token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :] for n in range(len(token) - 1)]
    for each in ("", "A", "é", "-" * 40, token * 40, token[:-4], token + "AAAA", other, *flipped):
        assert receipt_in(SECRET, each) is None, each


@pytest.mark.parametrize(
    "typed",
    [
        {}, {"email": " "}, {"email": "ada"}, {"email": "test@test.com"}, {"phone": "12"}, {"loyalty_id": "1"},
        {"loyalty_id": "null"}, {"email": "a" * 300 + "@shop.example"},
        {"email": "ada@shop.example", "loyalty_id": "2907999733"}, {"user_id": "u-1"},
    ],
)  # fmt: skip
def test_what_is_no_address(typed: dict[str, str]) -> None:
    with pytest.raises(BadAddress):
        address_of(typed, POLICY, RULES)


def test_an_address_is_spelt_as_everywhere() -> None:
    assert address_of({"email": " Ada@Shop.example ", "phone": ""}, POLICY, RULES) == ADA
    assert address_of({"loyalty_id": "29-07 99"}, POLICY, RULES) == Identifier("loyalty_id", "main", "290799")


def test_too_late(installation: Installation) -> None:
    installation.send(TILL, sold())
    late = RECEIPT.until(DAYS) + 1
    assert standing(installation, late) == EXPIRED and standing(installation, late - 1) == OPEN
    with pytest.raises(CannotClaim, match=EXPIRED):
        claimed(installation, now=late)


def test_a_receipt_that_has_a_name(installation: Installation) -> None:
    installation.send(TILL, sold(traits={"loyalty_id": "2907999733"}))
    assert standing(installation) == NAMED
    with pytest.raises(CannotClaim, match=NAMED):
        claimed(installation)
    # Nothing is left behind that would keep another from claiming it, should the name be taken back.
    assert installation.connection.execute("SELECT count(*) FROM receipt_claims").fetchone() == (0,)


def test_once(installation: Installation) -> None:
    installation.send(TILL, sold())
    claimed(installation)
    assert standing(installation) == USED
    for by in (ADA, BOB):
        with pytest.raises(CannotClaim, match=USED):
            claimed(installation, by=by)


def test_two_at_once(installation: Installation) -> None:
    """The second waits for the first and gets nothing, also where the pipeline has not come to either."""
    installation.send(TILL, sold())
    won: list[str] = []
    lost: list[str] = []
    ready = threading.Barrier(2)

    def run(by: Identifier) -> None:
        with database.connect(installation.conninfo, autocommit=True) as connection:
            ready.wait()
            try:
                with connection.transaction():
                    claim(connection, SECRET, RECEIPT, by, RECEIVED, DAYS)
                won.append(by.value)
            except CannotClaim as refused:
                lost.append(refused.why)

    threads = [threading.Thread(target=run, args=(by,)) for by in (ADA, BOB)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    installation.step()
    assert len(won) == 1 and lost == [USED]
    assert orders(installation, Identifier("email", "", won[0])) == [("receipt:12/3/2026-03-14/4711", 4990, "12")]


def test_it_becomes_hers(installation: Installation) -> None:
    installation.send(TILL, sold())

    async def sales(connection: Any) -> Tally:
        return (await recognised_since(connection, 0)).sales

    assert installation.read(sales) == Tally(0, 1)
    claimed(installation)
    assert orders(installation, ADA) == [("receipt:12/3/2026-03-14/4711", 4990, "12")]
    assert installation.read(sales) == Tally(1, 1)
    holder = installation.holder(ADA.type, ADA.value)
    assert holder is not None
    page = installation.read(lambda connection: moments_of(connection, holder, 5))
    assert [each.words for each in page.found] == ["Claimed a receipt for 49.90 EUR in store 12"]
    assert page.found[0].at == SOLD and page.found[0].channel == "store"


def test_claimed_before_the_till_told_of_it(installation: Installation) -> None:
    assert standing(installation) == OPEN
    claimed(installation)
    assert orders(installation, ADA) == [("receipt:12/3/2026-03-14/4711", None, "")]
    installation.send(TILL, sold())
    assert orders(installation, ADA) == [("receipt:12/3/2026-03-14/4711", 4990, "12")]


def test_a_sale_known_by_its_order(installation: Installation) -> None:
    sale = track("Order Completed", order_id="o-9", store_id="12", total=5, currency="JPY")
    installation.send(SHOP, {**sale, **WHEN})
    claimed(installation, receipt_of("shop", {"order_id": "o-9"}, SOLD))
    assert orders(installation, ADA) == [("o-9", 5, "12")]
    # Another till group's order of the same number is another's.
    claimed(installation, receipt_of("till", {"order_id": "o-9"}, SOLD), BOB)
    assert orders(installation, BOB) == [("o-9", None, "")]


def test_a_claim_joins_nobody(installation: Installation) -> None:
    installation.send(TILL, sold(), {**sold(), **track("Order Completed", **{**PLACE, "receipt_id": "4712"}), **WHEN})
    claimed(installation)
    claimed(installation, receipt_of("till", {**PLACE, "receipt_id": "4712"}, SOLD), BOB)
    assert installation.holder("email", ADA.value) != installation.holder("email", BOB.value)


def test_who_was_erased(installation: Installation) -> None:
    """Her claim does not come back, nobody gets her receipt, and who claims another with her address is new."""
    installation.send(TILL, sold())
    claimed(installation)
    before = installation.holder("email", ADA.value)
    assert before is not None
    keys = [bytes(row[0]) for row in installation.connection.execute("SELECT key FROM identifiers")]
    log.append(installation.connection, [[erasure_frame(before, keys, time.time_ns() // 1000)]])
    installation.step()
    assert standing(installation) == USED
    with pytest.raises(CannotClaim, match=USED):
        claimed(installation, by=BOB)
    kept = installation.connection.execute("SELECT receipt FROM receipt_claims").fetchall()
    assert [bytes(row[0]) for row in kept] == [receipt_mac(SECRET, RECEIPT)]
    again = receipt_of("till", {**PLACE, "receipt_id": "4712"}, SOLD)
    claimed(installation, again)
    assert installation.holder("email", ADA.value) not in (None, before)
    assert orders(installation, ADA) == [("receipt:12/3/2026-03-14/4712", None, "")]
