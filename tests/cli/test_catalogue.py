import json
from pathlib import Path
from typing import Any

import pytest
from support.installation import KEY, SHOP, TILL, Installation, track

from regulars.app import App
from regulars.cli import main as cli
from regulars.settings import load


class Cli:
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        code = cli.main(["catalogue", *arguments, "--data", str(self._folder)])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def json(self, *arguments: str) -> Any:
        code, out, err = self(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)


@pytest.fixture
def run(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    folder = tmp_path / "data"
    monkeypatch.setenv("REGULARS_DATABASE_URL", installation.conninfo)
    monkeypatch.setenv("REGULARS_SECRET", KEY.hex())
    App(load(str(folder)), create=True)
    return Cli(folder, capsys)


def test_what_cannot_be_shown(run: Cli) -> None:
    for arguments, words in [
        (("show", "product", "A1"), "no product is known"),
        (("show", "store", "12"), "no store is known"),
        (("show", "product", "a\x00b"), "control character"),
        (("show", "product", "x" * 201), "longer than 200"),
        (("show", "product", "A1", "--at", "yesterday"), "--at: "),
        (("search", "mug", "-n", "0"), "-n: must be 1 to 100"),
        (("search", "  "), "is empty"),
    ]:
        code, out, err = run(*arguments)
        assert (code, out) == (1, "") and words in err and err.count("\n") == 1


def test_a_product_and_a_store(run: Cli, installation: Installation) -> None:
    money: dict[str, Any] = {
        "price": 8,
        "cost": "3.10",
        "list_price": 10,
        "currency": "EUR",
        "valid_from": "2026-01-01",
    }
    variants = [{"variant_id": "w", "colour": "white", "price": 9}]
    hours = {"mon": [["09:00", "18:00"]], "sun": []}
    installation.send(
        SHOP,
        track("Product Updated", product_id="A1", name="Mug", category="Home > Kitchen", **money, variants=variants),
        track("Stock Updated", product_id="A1", store_id="12", quantity="10.50"),
        track("Store Updated", store_id="12", name="Market Square", timezone="Europe/Prague", opening_hours=hours),
        track("Article Updated", article_id="t", title="Tea", products=["A1"]),
    )
    installation.send(TILL, track("Order Completed", user="u", order_id="o", products=[{"sku": "Z", "name": "Mug Z"}]))
    code, out, _ = run("show", "product", "A1")
    assert code == 0
    for words in (
        "Mug\n", "category: Home > Kitchen", "price: 8.00 EUR", "list price: 10.00 EUR", "cost: 3.10 EUR",
        "w  white  9.00 EUR", "2026-01-01  price: 8.00 EUR (shop)", "10.5 in store 12, 2026-03-14", "t: Tea",
    ):  # fmt: skip
        assert words in out, words
    assert "price: 8.00" not in run("show", "product", "A1", "--at", "2025-06-01")[1].split("Prices and costs")[0]
    assert "(seen in an event; not in the catalogue)" in run("show", "product", "Z")[1]
    _, out, _ = run("show", "store", "12")
    assert "timezone: Europe/Prague" in out and "mon: 09:00–18:00" in out and "sun: closed" in out
    assert run("search", "mug")[1].splitlines() == [
        "A1  Mug  8.00 EUR", "Z  Mug Z  (seen in an event; not in the catalogue)",
    ]  # fmt: skip
    assert run("search", "anvil")[1] == "nothing found\n"
    assert run.json("show", "product", "A1")["product"]["cost"]["minor"] == 310
    assert [each["id"] for each in run.json("search", "mug")] == ["A1", "Z"]
