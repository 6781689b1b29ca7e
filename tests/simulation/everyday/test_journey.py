"""A town over the Complete Journey data set: receipts stay as they are, and the holder of a card is one person."""

import json
from pathlib import Path

import pytest
from simulation.everyday.reading import Lines, events, happened, lines, named, truth

from regulars.collection.report import ImportFailed
from regulars.simulation.everyday.generate import generate
from regulars.simulation.everyday.journey import laid_over
from regulars.simulation.everyday.world import World

CARDS, DAYS = 40, 120


@pytest.fixture(scope="module")
def world() -> World:
    return laid_over(CARDS, DAYS, 7)


@pytest.fixture(scope="module")
def town(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    generate(world, folder)
    return folder


@pytest.fixture(scope="module")
def found(town: Path) -> Lines:
    return events(town)


@pytest.mark.parametrize(("cards", "days"), [(0, 5), (5, 0)])
def test_nobody_is_refused(cards: int, days: int) -> None:
    with pytest.raises(ValueError, match="at least one card"):
        laid_over(cards, days, 1)


def test_a_folder_without_the_data_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="is missing"):
        laid_over(5, 5, 1, folder=tmp_path)


def test_no_receipt_is_made_or_given_back(found: Lines) -> None:
    orders = named(found, "Order Completed")
    assert {line["source"] for line in orders} <= {"web", "app", "shop"}
    placed = {line["event"]["properties"]["order_id"] for line in orders}
    refunded = {line["event"]["properties"]["order_id"] for line in named(found, "Order Refunded")}
    assert placed and refunded <= placed
    assert all(id.startswith("O") for id in placed)
    assert all(line["event"]["origin"] == "simulated" for line in found)


def test_each_card_has_one_holder_and_leads_to_the_web(town: Path, found: Lines) -> None:
    people = lines(town / "people.jsonl")
    cards = [each["value"] for person in people for each in person["identifiers"] if each["type"] == "loyalty_id"]
    assert sorted(cards) == sorted(set(cards)) and len(cards) == CARDS
    assert all(card.startswith("CJ") for card in cards)
    linked = {
        each["id"]
        for line in found
        if line["event"].get("userId") or line["event"]["context"].get("traits", {}).get("email")
        for each in line["event"]["context"].get("externalIds", ())
        if each["type"] == "loyalty_id"
    }
    assert len(linked) > CARDS / 2


def test_what_a_receipt_holds_was_looked_at_before(world: World, town: Path, found: Lines) -> None:
    facts = truth(town)
    people = {person["person"]: person for person in lines(town / "people.jsonl")}
    ahead = 0
    for line in named(found, "Product Viewed"):
        owned = people[facts[line["event"]["messageId"]]["person"]]["identifiers"]
        card = next((each["value"] for each in owned if each["type"] == "loyalty_id"), "")
        for receipt in world.receipts.get(card, ()):
            if 0 < receipt.time - happened(line) < 42 * 3_600_000:
                ahead += line["event"]["properties"]["product_id"] in {product.id for product in receipt.products}
    assert ahead > 40


def test_products_are_those_of_the_data_set(world: World, found: Lines) -> None:
    assert len(world.goods.products) == 800
    known = {product.id for product in world.goods.products}
    assert {line["event"]["properties"]["product_id"] for line in named(found, "Product Viewed")} <= known
    updates = named(found, "Product Updated")
    assert len(updates) == 800
    assert all(set(line["event"]["properties"]) == {"product_id", "image_url"} for line in updates)
    assert all(product.price > 0 and product.name for product in world.goods.products)


def test_the_same_cards_give_the_same_bytes(town: Path, tmp_path: Path) -> None:
    generate(laid_over(CARDS, DAYS, 7), tmp_path)
    for path in sorted(town.iterdir()):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name
    assert json.loads((town / "numbers.json").read_text())["over"] == "completejourney"
