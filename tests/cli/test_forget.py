"""`customers export` and `customers erase`, and what an erasure leaves in PostgreSQL's files."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from support.installation import KEY, SHOP, Installation, identify, track

from regulars.app import App
from regulars.cli import main as cli
from regulars.lake.exporter import Exporter
from regulars.lake.keeper import Keeper
from regulars.settings import load
from regulars.storage.cluster import Cluster
from regulars.storage.engine import open_lake
from regulars.storage.scrub import scrub

NAMES = ("zuleika@mail", "zuleika-1", "+12025550177", "ZCARD99881", "Zuleika Dobson", "z-order")


class Cli:
    """Runs commands against an installation's database."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        code = cli.main([*arguments, "--data", str(self.folder)])
        said = self._capsys.readouterr()
        return code, said.out, said.err


@pytest.fixture
def run(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    folder = tmp_path / "data"
    monkeypatch.setenv("REGULARS_DATABASE_URL", installation.conninfo)
    monkeypatch.setenv("REGULARS_SECRET", KEY.hex())
    App(load(str(folder)), create=True)
    return Cli(folder, capsys)


@contextmanager
def stepping(installation: Installation) -> Iterator[None]:
    """A pipeline beside the command."""
    done = threading.Event()

    def steps() -> None:
        while not done.is_set():
            installation.pipeline.step()
            time.sleep(0.02)

    thread = threading.Thread(target=steps)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def zuleika(installation: Installation) -> None:
    installation.send(
        SHOP,
        identify("zuleika-1", email="zuleika@mail.example", phone="202-555-0177", name="<b>Zuleika Dobson</b>"),
        identify("zuleika-1", loyalty_id="zcard99881"),
        track("Order Completed", "zuleika-1", order_id="z-order", total=7, currency="USD"),
    )
    installation.send(SHOP, track("Product Viewed", "other-1", product_id="mug", link="?for=zuleika@mail.example"))


def test_who_cannot_be_erased(run: Cli, installation: Installation) -> None:
    zuleika(installation)
    code, _, err = run("customers", "erase", "email:nobody@mail.example", "--yes")
    assert code == 1 and "nobody" in err
    code, _, err = run("customers", "erase", "email:zuleika@mail.example")
    assert code == 1 and "--yes" in err
    assert installation.holder("email", "zuleika@mail.example") and not (run.folder / "erasures.jsonl").exists()


def test_export(run: Cli, installation: Installation, tmp_path: Path) -> None:
    zuleika(installation)
    out = tmp_path / "out"
    code, said, err = run("customers", "export", "email:zuleika@mail.example", "--out", str(out), "--json")
    assert code == 0, err
    assert json.loads(said)["events"] == 3
    data = json.loads((out / "customer.json").read_text())
    assert [each["name"] for each in data["events"]] == ["", "", "Order Completed"]
    assert data["events"][2]["properties"]["order_id"] == "z-order"
    assert data["profile"]["emails"][0]["value"] == "zuleika@mail.example"
    page = (out / "customer.html").read_text()
    assert "&lt;b&gt;Zuleika Dobson" in page and "<b>" not in page and "<script" not in page and "http:" not in page
    assert "z-order" in page and (out / "customer.html").stat().st_mode & 0o077 == 0
    code, _, err = run("customers", "export", "email:zuleika@mail.example", "--out", str(out / "customer.json"))
    assert code == 1 and err.count("\n") == 1


def test_erase(run: Cli, installation: Installation, cluster: Cluster) -> None:
    zuleika(installation)
    old = installation.holder("email", "zuleika@mail.example")
    with superuser(installation, cluster) as link:
        link.execute("ANALYZE")
        link.execute("CHECKPOINT")
    assert old is not None and {name for _, name in found_in(cluster.folder.postgres)} == set(NAMES)
    lake = Keeper(Exporter(run.folder / "lake", installation.connection, ""), installation.connection)
    lake.turn()
    with stepping(installation):
        code, _, err = run("customers", "erase", "email:zuleika@mail.example", "--yes", "--no-scrub")
    assert code == 0, err
    lake.turn()
    lake.sweep(0.0)
    with open_lake(run.folder / "lake") as connection:
        assert connection.execute("SELECT count(*) FROM customers WHERE customer = ?", [old.hex()]).fetchone() == (0,)
    code, _, err = run("customers", "show", old.hex())
    assert code == 1 and "was erased" in err
    with superuser(installation, cluster) as link:
        assert scrub(link) == []
    assert found_in(cluster.folder.path) == []
    assert found_in(run.folder) == []
    assert json.loads((run.folder / "erasures.jsonl").read_text())["record"]["customer"] == old.hex()


def superuser(installation: Installation, cluster: Cluster) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(cluster.conninfo(installation.connection.info.dbname, "postgres"), autocommit=True)


def found_in(folder: Path) -> list[tuple[str, str]]:
    """Which of her values stand in which files; the WAL is left out, which PostgreSQL writes over in time."""
    found = []
    for file in folder.rglob("*"):
        if file.is_file() and "pg_wal" not in file.parts:
            content = file.read_bytes().lower()
            found += [(file.name, name) for name in NAMES if name.lower().encode() in content]
    return found
