"""`regulars receipts link`: what it refuses, and the link and code it gives, without a database."""

import json
from pathlib import Path

import pytest

from regulars.app import App
from regulars.cli.main import main
from regulars.clienteling.receipt import PATH, receipt_in
from regulars.settings import FILE, load

SALE = ["--store", "12", "--till", "3", "--receipt", "4711"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir(mode=0o700)
    (made / FILE).write_text('address = "https://shop.example"\n')
    App(load(made, {}), create=True)
    return made


@pytest.mark.parametrize(
    "said",
    [
        [], ["--store", "12"], [*SALE, "--time", "yesterday"], [*SALE, "--time", "1999-01-01"],
        [*SALE, "--time", "2999-01-01"], ["--receipt", "x" * 201], [*SALE, "--qr", "code.gif"],
        [*SALE, "--qr", "/nowhere/code.svg"],
    ],
)  # fmt: skip
def test_what_is_refused(folder: Path, said: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["receipts", "link", *said, "--data", str(folder)]) == 1
    assert capsys.readouterr().err.startswith("regulars: ")


@pytest.mark.parametrize(("name", "begins"), [("code.svg", b"<svg"), ("code.png", b"\x89PNG")])
def test_a_link(folder: Path, name: str, begins: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / name
    assert main(["receipts", "link", *SALE, "--group", "till", "--qr", str(file), "--json", "--data", str(folder)]) == 0
    link = json.loads(capsys.readouterr().out)["link"]
    receipt = receipt_in(App(load(folder, {})).secret, link.removeprefix(f"https://shop.example{PATH}"))
    assert receipt is not None
    assert (receipt.space, receipt.store, receipt.till, receipt.number) == ("till", "12", "3", "4711")
    assert file.read_bytes().startswith(begins)
