"""What a public key claims about a stranger changes nothing of hers and reads nothing; it is shown as a claim."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from support.running import Running


class Case(msgspec.Struct):
    """Two verified persons of a shop, the keys that speak of them, and how they looked before any claim."""

    running: Running
    name: str
    shop: str
    site: str
    before: dict[str, Any]

    def user(self, who: str) -> str:
        return f"{who}-{self.name}"

    def email(self, who: str) -> str:
        return f"{who}-{self.name}@mail.example"

    def phone(self, who: str) -> str:
        digits = sum(ord(letter) for letter in who + self.name)
        return f"+42060{digits:07d}"

    def card(self, who: str) -> str:
        return f"card-{who}-{self.name}"

    def of_the_visitor(self, word: dict[str, Any]) -> bool:
        """Whether a word speaks of a browser's own id and of nothing else, as a public key may."""
        return bool(word["address"] == f"anonymous_id:cookie-{self.name}" and not word["covers_all"])

    def page(self, identifier: str) -> dict[str, Any]:
        found = self.running.get("/api/customers", self.shop, identifier=identifier).json()
        (customer,) = found["customers"]
        page: dict[str, Any] = self.running.get(f"/api/customers/{customer['id']}", self.shop).json()
        return page

    def claim(self, *items: dict[str, Any]) -> None:
        self.running.send(self.site, *items)
        self.running.wait()

    def unchanged(self) -> None:
        """All that makes up the two persons is as it was."""
        for who in ("anna", "berta"):
            page = self.page(f"user_id:{self.user(who)}")
            for part in ("id", "name", "traits", "spend", "orders", "cancelled_orders", "refunds", "kind"):
                assert page[part] == self.before[who][part], part
            for part in ("emails", "phones"):
                assert verified(page[part]) == verified(self.before[who][part]), part
            assert [word for word in page["consents"] if not self.of_the_visitor(word)] == self.before[who]["consents"]
            mine = {(each["type"], each["value"]) for each in page["identifiers"] if not each["claimed"]}
            assert mine == {
                (each["type"], each["value"]) for each in self.before[who]["identifiers"] if not each["claimed"]
            }
            assert not any(each["shared"] for each in page["identifiers"] if not each["claimed"])
            for type_, value in (
                ("email", self.email(who)),
                ("loyalty_id", self.card(who)),
                ("phone", self.phone(who)),
            ):
                found = self.running.get("/api/customers", self.shop, identifier=f"{type_}:{value}").json()
                assert not found["shared"], f"{type_} of {who} became shared"
                assert [each["id"] for each in found["customers"]] == [page["id"]]


def verified(points: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """The addresses that somebody vouches for, and whether they are shared."""
    return [(point["value"], point["shared"]) for point in points if not point["claimed"]]


@pytest.fixture
def case(installation: Running, request: pytest.FixtureRequest) -> Iterator[Case]:
    name = request.node.name.split("[")[0].removeprefix("test_").replace("_", "")[:20]
    shop = installation.key("secret", f"shop {name}")
    made = Case(installation, name, shop, installation.key("write", f"site {name}"), {})
    for who in ("anna", "berta"):
        traits = {"email": made.email(who), "phone": made.phone(who), "loyalty_id": made.card(who), "firstName": who}
        order = {"order_id": f"{who}-{name}", "total": 20, "currency": "EUR"}
        consent = {"purpose": "marketing", "channel": "email", "address": made.email(who)}
        user = {"userId": made.user(who)}
        installation.send(
            shop,
            {"type": "identify", **user, "traits": traits},
            {"type": "track", **user, "event": "Order Completed", "properties": order},
            {"type": "track", **user, "event": "Consent Given", "properties": consent},
        )
    installation.wait()
    made.before = {who: made.page(f"user_id:{made.user(who)}") for who in ("anna", "berta")}
    yield made
    made.unchanged()


def test_two_verified_persons_are_not_joined(case: Case) -> None:
    anna, berta = case.user("anna"), case.user("berta")
    for number in range(5):
        case.claim(
            {"type": "identify", "userId": anna, "traits": {"email": case.email("berta"), "n": number}},
            {"type": "identify", "userId": anna, "traits": {"phone": case.phone("berta")}},
            {
                "type": "identify",
                "userId": anna,
                "traits": {"loyalty_id": case.card("berta"), "email": case.email("anna")},
            },
            {"type": "alias", "userId": anna, "previousId": berta},
        )
    assert case.page(f"user_id:{anna}")["id"] != case.page(f"user_id:{berta}")["id"]


def test_what_is_claimed_is_shown_as_claimed(case: Case) -> None:
    visitor = f"cookie-{case.name}"
    case.claim(
        {"type": "identify", "anonymousId": visitor, "traits": {"email": case.email("anna"), "firstName": "Eve"}}
    )
    case.unchanged()
    page = case.page(f"email:{case.email('anna')}")
    claimed = {(each["type"], each["value"]) for each in page["identifiers"] if each["claimed"]}
    assert ("anonymous_id", visitor) in claimed | {(each["type"], each["value"]) for each in page["beside"]}
    assert page["name"]["value"] == "anna"
    assert page["traits"]["firstName"]["value"] == "anna"


def test_traits_of_her_own_id_are_not_overwritten(case: Case) -> None:
    anna = case.user("anna")
    case.claim(
        {"type": "identify", "userId": anna, "traits": {"firstName": "Eve", "lastName": "Evil", "vip": True}},
        {"type": "identify", "userId": anna, "traits": {"firstName": None, "email": None}},
    )
    page = case.page(f"user_id:{anna}")
    assert page["claimed"]["lastName"]["value"] == "Evil"
    assert "vip" not in page["traits"]


def test_balances_do_not_move(case: Case) -> None:
    anna = case.user("anna")
    order = {"order_id": f"forged-{case.name}", "total": 9999, "currency": "EUR"}
    hers = {"order_id": f"anna-{case.name}", "total": 1, "currency": "EUR"}
    case.claim(
        {"type": "track", "userId": anna, "event": "Order Completed", "properties": order},
        {"type": "track", "userId": anna, "event": "Order Completed", "properties": hers},
        {"type": "track", "userId": anna, "event": "Order Cancelled", "properties": hers},
    )
    page = case.page(f"user_id:{anna}")
    assert page["claimed_orders"] == 1
    assert page["orders"] == 1


SERVER_ONLY = (
    "Consent Given", "Consent Withdrawn", "consent_withdrawn", "Points Earned", "Points Redeemed", "Order Refunded",
    "Case Opened", "Message Sent", "Message Complained",
)  # fmt: skip


def test_what_only_a_server_may_say_is_rejected(case: Case) -> None:
    said = {
        "order_id": f"anna-{case.name}",
        "address": case.email("anna"),
        "channel": "email",
        "points": 5,
        "total": 20,
    }
    items = [{"type": "track", "userId": case.user("anna"), "event": name, "properties": said} for name in SERVER_ONLY]
    case.claim(*items)
    rows = case.running.rejected(f"site {case.name}")
    assert [row["reason"] for row in rows] == ["not_allowed_for_client"] * len(SERVER_ONLY)
    single = case.running.post("/v1/track", case.site, items[0])
    assert (single.status_code, single.json()["code"]) == (400, "not_allowed_for_client")


def test_an_anonymous_visitor_cannot_withdraw_or_give_for_her(case: Case) -> None:
    visitor = f"cookie-{case.name}"
    said = {"channel": "email", "purpose": "marketing", "address": case.email("anna")}
    case.claim(
        {"type": "identify", "anonymousId": visitor, "traits": {"email": case.email("anna")}},
        {"type": "track", "anonymousId": visitor, "event": "Consent Withdrawn", "properties": said},
        {"type": "track", "anonymousId": visitor, "event": "Consent Withdrawn", "properties": {"channel": "email"}},
    )


def test_many_forged_claims_share_nothing_of_hers(case: Case) -> None:
    items: list[dict[str, Any]] = []
    for number in range(12):
        forged = {"email": case.email("anna"), "phone": case.phone("anna"), "loyalty_id": case.card("anna")}
        items.append({"type": "identify", "userId": f"forged-{case.name}-{number}", "traits": forged})
    case.claim(*items)
    case.claim(*items)


def test_a_public_key_reads_nothing(case: Case) -> None:
    anna = case.before["anna"]["id"]
    paths = (f"/api/customers/{anna}", f"/api/customers/{anna}/events", "/api/customers/" + "0" * 32)
    for path in paths:
        answer = case.running.get(path, case.site)
        assert (answer.status_code, answer.json()["code"]) == (403, "public_key")
        assert "anna" not in answer.text
    for parameters in ({"identifier": f"email:{case.email('anna')}"}, {"q": "anna"}):
        answer = case.running.get("/api/customers", case.site, **parameters)
        assert (answer.status_code, answer.json()["code"]) == (403, "public_key")


def test_every_look_is_audited(case: Case) -> None:
    actor, anna = f"shop {case.name}", case.before["anna"]["id"]
    query = "SELECT action, encode(customer, 'hex') FROM audit WHERE actor = %s ORDER BY id"
    seen = len(case.running.sql(query, actor))
    case.running.get("/api/customers", case.shop, identifier=f"email:{case.email('anna')}")
    case.running.get(f"/api/customers/{anna}", case.shop)
    case.running.get(f"/api/customers/{anna}/events", case.shop)
    case.running.get("/api/customers", case.shop, q=case.email("anna"))
    case.running.get("/api/customers", case.shop, identifier="email:nobody@mail.example")
    rows = case.running.sql(query, actor)[seen:]
    assert rows == [("look up", anna), ("show", anna), ("events", anna), ("search", anna), ("look up", None)]
    details = case.running.sql("SELECT detail FROM audit WHERE actor = %s", actor)
    assert not any("@" in detail for (detail,) in details), "the audit holds identifier values"
    case.running.get(f"/api/customers/{anna}", case.site)
    assert len(case.running.sql(query, actor)) == seen + len(rows)
