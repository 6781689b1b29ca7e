"""A hard town that nothing was tuned on, through the commands that people use: every target is met."""

import json
from pathlib import Path

import pytest
from support.running import Running

pytestmark = pytest.mark.slow

CUSTOMERS, DAYS, SEED = 9_000, 365, 4711


@pytest.mark.timeout(900)
def test_every_target_is_met_on_an_unseen_town(tmp_path: Path) -> None:
    town = str(tmp_path / "town")
    running = Running(tmp_path / "data")
    running.start()
    try:
        size = ("--customers", str(CUSTOMERS), "--days", str(DAYS), "--seed", str(SEED))
        made = running.cli("simulate", "--hard", *size, "--out", town)[0]
        assert made["events"] >= 195_000
        imported = running.cli("import", "events", town)[0]
        assert (imported["items"], imported["added"]) == (made["lines"], made["events"])
        result = running.cli("evaluate", "identity", town)[0]
        again = running.cli("import", "events", town)[0]
    finally:
        running.close()
    assert (again["items"], again["added"]) == (made["lines"], 0)
    missed = [target for target in result["targets"] if not target["passed"]]
    assert missed == [], json.dumps(missed)
    assert result["passed"] and (result["missing"], result["unknown"]) == (0, 0)
    assert "differences under shuffling" in {target["name"] for target in result["targets"]}
    assert len(result["targets"]) == 5
    assert result["events"] == made["events"] and result["origin"] == "simulated"
