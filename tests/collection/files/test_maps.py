"""Every shipped map, on a file with the vendor's own columns: what it gives is taken by the pipeline as it stands."""

from collections import Counter
from typing import Any

import msgspec
import pytest
from support.files import FIXTURES, NOW, SECRET, TILL, Rows, taken

from regulars.collection.decode import decode_frame
from regulars.collection.files.frames import parts_of
from regulars.collection.files.mapfile import load_map, parse_map, shipped
from regulars.collection.files.problem import Problem
from regulars.collection.redaction import IpPolicy
from regulars.collection.report import ImportFailed
from regulars.identity.blocked import Policy
from regulars.identity.extract import identifiers_of
from regulars.identity.rules import RULES
from regulars.model.event import Event
from regulars.model.rejection import Reason
from regulars.model.source import Source, Trust
from regulars.profiles.facts import facts_of

WORDING = "consents.wording=Yes, write to me about offers."
RECEIVED = int(NOW.timestamp()) * 1_000_000
SETTINGS: dict[str, list[str]] = {
    "till": TILL,
    "shopify-customers": [WORDING, "as_of=2026-03-20"],
    "shopify-orders": [],
    "woocommerce-customers": ["formats.time_zone=Europe/Prague"],
    "woocommerce-orders": ["formats.time_zone=Europe/Prague"],
    "square-customers": [WORDING, "as_of=2026-03-20"],
    "square-items": ["formats.currency=USD"],
    "klaviyo-list": [WORDING],
    "mailchimp-subscribed": [WORDING],
    "mailchimp-unsubscribed": [],
    "shipping": [],
}
GIVES = {
    "till": {"Order Completed": 2, "Order Refunded": 1},
    "shopify-customers": {"identify": 2, "Consent Given": 1, "Consent Withdrawn": 2},
    "shopify-orders": {"Order Completed": 2, "Order Shipped": 1, "Order Cancelled": 1, "Order Refunded": 1},
    "woocommerce-customers": {"identify": 1},
    "woocommerce-orders": {"Order Completed": 1},
    "square-customers": {"identify": 2, "Consent Given": 1, "Consent Withdrawn": 1},
    "square-items": {"Order Completed": 1, "Order Refunded": 1},
    "klaviyo-list": {"identify": 3, "Consent Given": 1, "Consent Withdrawn": 2},
    "mailchimp-subscribed": {"identify": 1, "Consent Given": 1},
    "mailchimp-unsubscribed": {"identify": 1, "Consent Withdrawn": 1},
    "shipping": {"Order Shipped": 1, "Order Delayed": 1, "Order Delivered": 1, "Order Ready to Collect": 1},
}


def read(name: str) -> Rows:
    events, problems, _ = taken(name, FIXTURES / f"{name}.csv", settings=SETTINGS[name])
    assert not problems
    return events


def test_every_map_has_a_fixture() -> None:
    assert set(shipped()) == set(SETTINGS) == {path.stem for path in FIXTURES.glob("*.csv")}


@pytest.mark.parametrize("name", SETTINGS)
def test_what_it_gives(name: str) -> None:
    assert Counter(event.get("event") or event["type"] for _, event in read(name)) == GIVES[name]


@pytest.mark.parametrize("name", SETTINGS)
def test_the_pipeline_takes_it(name: str) -> None:
    source = Source(load_map(name).source, Trust.SERVER)
    found = [(row, msgspec.json.encode(event)) for row, event in read(name)]
    for part in parts_of(found, source, RECEIVED, IpPolicy.MASK):
        for frame in part.frames:
            for event in decode_frame(frame, source, SECRET, "1:0"):
                assert isinstance(event, Event), event
                assert event.clock == "client" or event.name == "Consent Withdrawn"
                extracted = identifiers_of(event, Policy(), RULES)
                facts_of(event, extracted.seen)


def one(name: str, event: str, at: int = 0) -> dict[str, Any]:
    return [each for _, each in read(name) if event in (each.get("event"), each["type"])][at]


def test_till() -> None:
    order = one("till", "Order Completed")["properties"]
    assert order["total"] == 59.8
    assert order["products"][1] == {
        "product_id": "B7", "name": "Tea, loose", "category": "Tea", "quantity": 0.25, "price": 39.6, "total": 9.9,
    }  # fmt: skip
    assert one("till", "Order Refunded")["properties"]["amount"] == 49.9


def test_shopify() -> None:
    ada = one("shopify-customers", "identify")
    assert ada["userId"] == "7001"
    assert ada["traits"]["phone"] == "+420603848013"
    order = one("shopify-orders", "Order Completed")
    assert order["timestamp"] == "2026-03-14T08:35:10Z"
    assert order["properties"]["total"] == 62.8
    assert [line["sku"] for line in order["properties"]["products"]] == ["A1", "B7"]
    assert one("shopify-orders", "Order Refunded")["properties"]["amount"] == 9.9


def test_square() -> None:
    order = one("square-items", "Order Completed")
    assert order["timestamp"] == "2026-03-14T16:35:10Z"
    assert (order["properties"]["total"], order["properties"]["discount"]) == (58.95, 4.9)
    assert order["properties"]["products"][1]["unit"] == "other"
    assert one("square-items", "Order Refunded")["properties"]["amount"] == 49.05


def test_a_withdrawal_is_never_dated_by_when_she_came() -> None:
    words = [each for _, each in read("klaviyo-list") if each.get("event") == "Consent Withdrawn"]
    assert [each.get("timestamp") for each in words] == ["2026-02-01T12:00:00Z", None]


def test_the_unsubscribed_are_not_taken_for_subscribers() -> None:
    with pytest.raises(ImportFailed, match="has the column UNSUB_TIME"):
        taken("mailchimp-subscribed", FIXTURES / "mailchimp-unsubscribed.csv", settings=[WORDING])


@pytest.mark.parametrize("name", ["shopify-customers", "square-customers", "klaviyo-list", "mailchimp-subscribed"])
def test_no_consent_without_wording(name: str) -> None:
    settings = [each for each in SETTINGS[name] if each != WORDING]
    events, problems, reader = taken(name, FIXTURES / f"{name}.csv", settings=settings)
    assert not problems
    assert "Consent Given" not in {event.get("event") for _, event in events}
    assert reader.notes["words of consent given that were not taken"] == 1


def test_no_consent_without_its_time() -> None:
    events, _, reader = taken("shopify-customers", FIXTURES / "shopify-customers.csv", settings=[WORDING])
    assert [each["event"] for _, each in events if "event" in each] == ["Consent Withdrawn", "Consent Withdrawn"]
    assert reader.notes["words of consent given that were not taken"] == 1


def test_a_word_of_consent_that_the_map_does_not_list(tmp_path: Any) -> None:
    text = (FIXTURES / "shopify-customers.csv").read_text().replace(",yes,", ",maybe,")
    (tmp_path / "a.csv").write_text(text)
    _, problems, _ = taken("shopify-customers", tmp_path / "a.csv")
    assert [(each.column, each.value, each.reason) for each in problems] == [
        ("Accepts Email Marketing", "maybe", Reason.WRONG_TYPE)
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind = 1", "kind"), ("kind = \n", "no TOML"), ('kind = "orders"\n', "source"),
        ('kind = "x"\nsource = "y"\n', "'x' is not known"), ('kind = "orders"\nsource = "y"\nfeilds = {}\n', "feilds"),
        ('kind = "orders"\nsource = "y"\n[fields]\nfoo = "a"\norder_id = "a"\n', "has 'foo' in .fields."),
        ('kind = "orders"\nsource = "y"\n[fields]\ntime = "a"\n', "what makes an order one"),
        ('kind = "customers"\nsource = "y"\n[ids]\nemail = {}\n', "neither column nor value"),
        ('kind = "customers"\nsource = "y"\nas_of = "03/04/2026"\n', "as_of"),
    ],
)  # fmt: skip
def test_maps_that_are_wrong(text: str, words: str, tmp_path: Any) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ImportFailed, match=words):
        taken(text + "\n", tmp_path / "a.csv")


def test_settings_over_the_map() -> None:
    assert load_map("till", ["formats.currency=EUR"]).formats.currency == "EUR"
    assert [each.wording for each in load_map("shopify-customers", ["consents.wording=x"]).consents] == ["x", "x"]
    for wrong in ("formats", "kind.x=1", "consents.wording=x"):
        with pytest.raises(ImportFailed, match="--set"):
            parse_map('kind = "orders"\nsource = "y"\n', "test", [wrong])


def test_an_unknown_map() -> None:
    with pytest.raises(ImportFailed, match=r"Name a file, or one of .*till"):
        load_map("nowhere.toml")


def test_problems_become_refused_frames() -> None:
    problem = Problem("a.csv", 3, Reason.BAD_AMOUNT, "is none", "total", "4111 1111 1111 1111", (2, 3))
    (part,) = parts_of([(3, problem)], Source("till", Trust.SERVER), RECEIVED, IpPolicy.MASK)
    (rejection,) = decode_frame(part.frames[0], Source("till", Trust.SERVER), SECRET, "1:0")
    assert not isinstance(rejection, Event)
    assert rejection.reason is Reason.BAD_AMOUNT
    assert rejection.message == "row 3, total: is none"
    assert b"4111" not in rejection.body
    assert part.place == 1


def test_a_part_begins_behind_what_was_appended() -> None:
    found = [(row, msgspec.json.encode(event)) for row, event in read("till")]
    (part,) = parts_of(found, Source("till", Trust.SERVER), RECEIVED, IpPolicy.MASK, start=2)
    assert (part.place, part.frames[0].items) == (3, 1)
    assert not list(parts_of(found, Source("till", Trust.SERVER), RECEIVED, IpPolicy.MASK, start=3))
