import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.identity.blocked import Policy
from regulars.identity.extract import MAX_IDENTIFIERS, identifiers_of, type_of
from regulars.identity.rules import RULES, Rules
from regulars.model.event import Event, ExternalId
from regulars.model.identifier import Identifier, Seen
from regulars.model.rejection import Reason, Refused
from regulars.model.source import Source, Trust

POLICY = Policy()
NOON = 1_700_000_000_000_000  # 2023-11-14T22:13:20Z


def event(
    user_id: str = "",
    anonymous_id: str = "",
    traits: dict[str, Any] | None = None,
    properties: dict[str, Any] | None = None,
    external: tuple[tuple[str, str], ...] = (),
    source: Source | None = None,
) -> Event:
    return Event(
        source=source or Source("Shop Web", Trust.SERVER, group="shop"),
        message_id="m1",
        kind="track",
        name="Order Completed",
        time=NOON,
        received=NOON,
        clock="client",
        user_id=user_id,
        anonymous_id=anonymous_id,
        previous_id="",
        traits=traits or {},
        properties=properties or {},
        context={},
        external_ids=tuple(ExternalId(type=type, id=id) for type, id in external),
        origin="",
        bot=False,
        content=b"",
    )


def values(found: Event) -> list[tuple[str, str, str]]:
    seen = identifiers_of(found, POLICY, RULES).seen
    return [(one.identifier.type, one.identifier.space, one.identifier.value) for one in seen]


@pytest.mark.parametrize("name", ["email", "phone", "loyalty_id"])
@pytest.mark.parametrize("raw", [True, False, {}, {"a": 1}, [], ["x@y.cz"], 1.5, float("nan"), float("inf"), 1e300])
def test_a_trait_of_the_wrong_type_is_refused(name: str, raw: Any) -> None:
    with pytest.raises(Refused) as caught:
        identifiers_of(event(traits={name: raw}), POLICY, RULES)
    assert (caught.value.reason, caught.value.where) == (Reason.WRONG_TYPE, f"$.traits.{name}")


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        ({"user_id": "u" * 257}, "$.userId"),
        ({"anonymous_id": "u" * 257}, "$.anonymousId"),
        ({"traits": {"email": "u" * 257}}, "$.traits.email"),
        ({"traits": {"phone": 10**256}}, "$.traits.phone"),
        ({"traits": {"phone": 10**5000}}, "$.traits.phone"),
        ({"external": (("crm_id", "ok"), ("crm_id", "u" * 257))}, "$.context.externalIds[1].id"),
        ({"external": (("t" * 65, "ok"),)}, "$.context.externalIds[0].type"),
        ({"properties": {"receipt_id": "u" * 257}}, "$.properties.receipt_id"),
        ({"properties": {"receipt_id": "1", "till_id": "u" * 257}}, "$.properties.till_id"),
    ],
)
def test_an_id_too_long_is_refused(bad: dict[str, Any], where: str) -> None:
    with pytest.raises(Refused) as caught:
        identifiers_of(event(**bad), POLICY, RULES)
    assert (caught.value.reason, caught.value.where) == (Reason.ID_TOO_LONG, where)


def test_more_than_fifty_identifiers_are_refused() -> None:
    external = tuple(("crm_id", f"k{n}") for n in range(MAX_IDENTIFIERS))
    assert len(identifiers_of(event(external=external), POLICY, RULES).seen) == MAX_IDENTIFIERS
    with pytest.raises(Refused) as caught:
        identifiers_of(event("u", external=external), POLICY, RULES)
    assert caught.value.reason == Reason.TOO_MANY_IDENTIFIERS


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        ({"properties": {"receipt_id": []}}, "$.properties.receipt_id"),
        ({"properties": {"order_id": 1.5}}, "$.properties.order_id"),
        ({"properties": {"receipt_id": 1, "store_id": {}}}, "$.properties.store_id"),
        ({"external": (("!", "x"),)}, "$.context.externalIds[0].type"),
    ],
)
def test_other_wrong_types_are_refused(bad: dict[str, Any], where: str) -> None:
    with pytest.raises(Refused) as caught:
        identifiers_of(event(**bad), POLICY, RULES)
    assert (caught.value.reason, caught.value.where) == (Reason.WRONG_TYPE, where)


def test_an_event_without_identifiers_has_none() -> None:
    found = identifiers_of(event(traits={"email": None, "name": "Jana"}, properties={"order_id": None}), POLICY, RULES)
    assert found.seen == () and found.fallback is None


def test_identifiers_come_sorted_each_in_its_space() -> None:
    traits = {"email": "Jana@Example.CZ", "phone": 4155550100, "loyalty_id": 17.0}
    external = (
        ("payment_token:Stripe", "tok_1"),
        ("socialHandle:Mastodon", "@Jana"),
        ("deviceId", "d1"),
        ("ios.idfa", "i1"),
        ("user_id:crm", "7"),
        ("email", "jana@example.cz"),
    )
    assert values(event("7", "a1", traits, external=external)) == [
        ("anonymous_id", "shop", "a1"),
        ("device_id", "", "d1"),
        ("email", "", "jana@example.cz"),
        ("ios_idfa", "Shop Web", "i1"),
        ("loyalty_id", "main", "17"),
        ("payment_token", "stripe", "tok_1"),
        ("phone", "", "+14155550100"),
        ("social_handle", "mastodon", "jana"),
        ("user_id", "shop", "7"),
        ("user_id_crm", "Shop Web", "7"),
    ]


def test_blocked_values_are_kept_and_say_why() -> None:
    found = identifiers_of(event("null", traits={"email": "noreply@shop.cz", "phone": ""}), POLICY, RULES)
    assert found.seen == (
        Seen(Identifier("email", "", "noreply@shop.cz"), "no_reply"),
        Seen(Identifier("phone", "", ""), "empty"),
        Seen(Identifier("user_id", "shop", "null"), "placeholder"),
    )


def test_the_receipt_comes_before_the_order_and_names_store_till_and_day() -> None:
    properties = {"order_id": "O-1", "receipt_id": 1111, "store_id": 12, "till_id": "a/b%"}
    found = identifiers_of(event(properties=properties), POLICY, RULES)
    assert found.seen == ()
    assert found.fallback == Identifier("receipt_id", "12/a%2Fb%25/2023-11-14", "1111")
    properties["receipt_id"] = "undefined"
    assert identifiers_of(event(properties=properties), POLICY, RULES).fallback == Identifier("order_id", "shop", "O-1")


def test_an_external_receipt_or_order_is_no_member() -> None:
    found = identifiers_of(
        event(external=(("order_id", "O-2"), ("receiptId", "9"), ("order_id", "O-1"))), POLICY, RULES
    )
    assert found.seen == () and found.fallback == Identifier("receipt_id", "//2023-11-14", "9")
    found = identifiers_of(event(external=(("order_id", "O-2"), ("order_id", "O-1"))), POLICY, RULES)
    assert found.fallback == Identifier("order_id", "shop", "O-1")


def test_settings_change_the_space() -> None:
    rules = Rules.from_settings({"types": {"user_id": {"space": "one"}, "crm_id": {"space": "provider"}}})
    found = identifiers_of(event("7", external=(("crm_id:North", "1"),)), POLICY, rules)
    assert [one.identifier.space for one in found.seen] == ["north", ""]


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("loyaltyId", "loyalty_id"),
        ("Loyalty ID", "loyalty_id"),
        ("userID", "user_id"),
        ("ios.idfa", "ios_idfa"),
        ("email", "email"),
        ("GAClientId", "ga_client_id"),
        ("--", ""),
    ],
)
def test_types_in_snake_case(name: str, type: str) -> None:
    assert type_of(name) == type
    assert type_of(type) == type


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["email", "Email", "phone", "crm_id", "payment_token:x", "order_id", "receipt_id"]),
            st.sampled_from(["a@b.cz", "A@B.CZ", "null", "+14155550100", "1", " 1"]),
        ),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_neither_order_nor_repetition_matters(external: list[tuple[str, str]], random: Any) -> None:
    shuffled = external + external[:3]
    random.shuffle(shuffled)
    first = identifiers_of(event("7", external=tuple(external)), POLICY, RULES)
    assert identifiers_of(event("7", external=tuple(shuffled)), POLICY, RULES) == first
    identifiers = [one.identifier for one in first.seen]
    assert identifiers == sorted(set(identifiers))


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_any_value_is_either_taken_or_refused(raw: Any) -> None:
    names = ("email", "phone", "loyalty_id")
    ids = ("receipt_id", "order_id", "store_id", "till_id")
    try:
        found = identifiers_of(
            event(traits=dict.fromkeys(names, raw), properties=dict.fromkeys(ids, raw)), POLICY, RULES
        )
    except Refused as refused:
        assert refused.where.startswith("$.")
    else:
        assert len(found.seen) == (0 if raw is None else 3)
        json.dumps([one.identifier.value for one in found.seen]).encode()
