"""The lake is kept by one process, follows by itself, survives being broken off anywhere, and forgets the past."""

import itertools
from pathlib import Path

import duckdb
import pytest
from support.installation import SHOP, Installation, identify, track
from test_erasure import erase

from regulars.lake import keeper as module
from regulars.lake.exporter import Exporter
from regulars.lake.keeper import IDLE, Keeper, LakeBusy, alone
from regulars.storage import database
from regulars.storage.engine import open_lake
from regulars.storage.lake import manifest, shelf


class Broken(Exception):
    """Stands for the end of the process."""


def keeper_of(installation: Installation, folder: Path) -> Keeper:
    connection = database.connect(installation.conninfo, autocommit=True)
    return Keeper(Exporter(folder, connection, "EUR"), connection)


def orders(n: int) -> list[dict[str, object]]:
    lines = [{"product_id": "A", "quantity": 1, "price": 3}]
    return [
        track("Order Completed", f"u-{each % 3}", order_id=f"O{n}-{each}", total=3, currency="EUR", products=lines)
        for each in range(5)
    ]


def test_only_one_keeps_a_lake(tmp_path: Path) -> None:
    with alone(tmp_path / "lake"), pytest.raises(LakeBusy), alone(tmp_path / "lake"):
        pass
    with alone(tmp_path / "lake"):
        assert (tmp_path / "lake").stat().st_mode & 0o077 == 0


def test_it_follows_and_rests(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = keeper_of(installation, tmp_path / "lake")
    assert keeper.turn() == (IDLE, True), "an empty log has an empty lake"
    installation.send(SHOP, *orders(1))
    keeper.turn()
    installation.send(SHOP, *orders(2))
    seconds, may_wake = keeper.turn()
    assert 0 < seconds <= module.GRACE and may_wake, "files of the past are to be swept"
    with open_lake(tmp_path / "lake") as lake:
        assert lake.execute("SELECT count(*), sum(lines) FROM orders").fetchone() == (10, 10)
    assert keeper.exporter.unneeded()
    monkeypatch.setattr(module, "GRACE", 0.0)
    keeper.sweep(0.0)
    assert not keeper.exporter.unneeded()
    assert keeper.turn() == (IDLE, True)
    installation.connection.execute("INSERT INTO log (received, n, body) VALUES (1, 1, '')")
    first, may_wake = keeper.turn()
    second, _ = keeper.turn()
    assert not may_wake and first < second < module.LONGEST_WAIT, "nobody takes it in: it looks less and less often"


@pytest.mark.slow
def test_broken_off_anywhere_it_goes_on(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "lake"
    installation.send(SHOP, *orders(1))
    keeper_of(installation, folder).turn()
    installation.send(SHOP, *orders(2), identify("u-1", email="u@mail.example"))
    erase(installation, "user_id", "u-2")
    real_sync, real_publish = shelf.sync_file, manifest.publish
    for last in itertools.count():
        count = itertools.count()

        def tick(count: "itertools.count[int]" = count, last: int = last) -> None:
            if next(count) == last:
                raise Broken

        def sync(path: Path, tick: object = tick) -> None:
            assert callable(tick)
            tick()
            real_sync(path)

        def swap(folder: Path, state: manifest.Manifest, file: str = manifest.FILE, tick: object = tick) -> None:
            assert callable(tick)
            tick()
            real_publish(folder, state, file)
            tick()

        monkeypatch.setattr(shelf, "sync_file", sync)
        monkeypatch.setattr("regulars.lake.exporter.publish", swap)
        keeper = keeper_of(installation, folder)
        try:
            keeper.turn()
        except Broken:
            with open_lake(folder) as lake:
                found = lake.execute("SELECT count(*) FROM orders").fetchone()
                told = lake.execute("SELECT count(*) FROM order_lines").fetchone()
                assert found == told and found in ((5,), (8,)), "a state is the old one or the new one"
            continue
        break
    assert last > 5
    keeper.sweep(0.0)
    with open_lake(folder) as lake:
        assert lake.execute("SELECT count(*) FROM orders").fetchone() == (8,)
    left = {path.name for path in folder.iterdir()} - keeper.exporter.published.files()
    assert left <= {"manifest.json", ".spill"}


def test_of_an_erased_customer_no_file_is_left(installation: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    keeper = keeper_of(installation, folder)
    for n in range(3):
        installation.send(SHOP, *orders(n), track("Consent Given", "u-1", purpose="news", channel="email"))
        keeper.turn()
    hers = installation.holder("user_id", "u-1")
    assert hers is not None
    bundles = installation.connection.execute(
        "SELECT encode(key, 'hex') FROM bundles WHERE customer = %s", (hers,)
    ).fetchall()
    assert mentions(folder, hers.hex(), [bundle for (bundle,) in bundles])
    erase(installation, "user_id", "u-1")
    keeper.turn()
    keeper.sweep(0.0)
    assert not mentions(folder, hers.hex(), [bundle for (bundle,) in bundles])
    with open_lake(folder) as lake:
        assert lake.execute("SELECT count(*) FROM orders").fetchone() == (9,)


def mentions(folder: Path, customer: str, bundles: list[str]) -> list[str]:
    """The files in which a customer or one of her bundles stands."""
    found = []
    with duckdb.connect() as connection:
        for path in folder.glob("*.parquet"):
            rows = repr(connection.execute(f"SELECT * FROM '{path}'").fetchall()).replace("-", "")
            if any(each in rows for each in (customer, *bundles)):
                found.append(path.name)
    return found
