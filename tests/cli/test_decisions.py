"""`regulars decisions` and `regulars actions` on an installation with one decision."""

import json
from pathlib import Path

import pytest
from support.installation import SECRET, SHOP, Installation, identify

from regulars.app import App
from regulars.cli.main import main
from regulars.decisioning import ledger
from regulars.decisioning.arbitrate import decide
from regulars.decisioning.facts import Means, gather
from regulars.identity.rules import RULES
from regulars.model.contact import ContactPolicy
from regulars.model.decision import Action, Occasion, occasion_id, rulebook
from regulars.settings import FILE, load

NOW = 1_773_489_600_000_000
ID = occasion_id(SECRET, "one")


def decided(installation: Installation) -> None:
    installation.send(SHOP, identify("u1", email="ada@mail.example"))
    ada = installation.holder("user_id", "u1")
    assert ada is not None
    book = rulebook(ContactPolicy(holdout=0.0), (Action("offer", title="Offer", worth=100, base_rate=0.5),))
    known = gather(installation.connection, [ada], book, Means(RULES, SECRET), NOW)[ada]
    asked = Occasion(id=ID, key="one", kind="campaign", name="spring")
    ledger.record(installation.connection, [decide(known, asked, book, NOW)], book)


def test_decisions_and_actions(installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decided(installation)
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    (folder / FILE).write_text(f"database_url = {json.dumps(installation.conninfo)}\n")
    App(load(folder, {}), create=True)

    def run(*said: str, code: int = 0) -> str:
        assert main([*said, "--data", str(folder)]) == code
        out, err = capsys.readouterr()
        return out if code == 0 else out + err

    assert "There is no consent to it." in run("decisions", "explain", ID.hex())
    told = json.loads(run("decisions", "explain", ID.hex(), "--json"))
    assert told["action"] == "" and told["candidates"][0]["dropped"] == "no_consent"
    assert ID.hex() in run("decisions", "of", "email:ada@mail.example")
    assert "1 replayed, 0 came out otherwise" in run("decisions", "replay", ID.hex())
    assert "1 replayed" in run("decisions", "replay", "--days", "36500")
    for wrong in ("x", "ab" * 16):
        assert "there is no decision" in run("decisions", "explain", wrong, code=1)
    # Whoever meddles with the record is found out.
    installation.connection.execute("UPDATE decisions SET probability = 0.5")
    assert "probability" in run("decisions", "replay", ID.hex(), code=1)
    file = tmp_path / "offer.yaml"
    file.write_text("name: offer\ntitle: An offer\nworth: 100\n")
    assert "version 1" in run("actions", "put", str(file))
    assert "offer is off" in run("actions", "off", "offer")
    assert "(off)" in run("actions", "list") and "enabled: false" in run("actions", "show", "offer")
    assert json.loads(run("actions", "on", "offer", "--json"))["version"] == 3
    for failing in (("show", "nobody"), ("on", "nobody"), ("put", str(tmp_path / "none.yaml"))):
        assert "regulars: " in run("actions", *failing, code=1)
