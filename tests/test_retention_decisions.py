"""Decisions that were kept long enough go with all that hangs on them; what is still needed stays."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from support.installation import KEY, Installation
from test_retention import keeping

from regulars.app import App
from regulars.cli.retaining import Outcome, run_retention
from regulars.settings import load
from regulars.storage import old_decisions, retention

DAY = 86_400_000_000
NOW = 1_800_000_000_000_000
OLD = NOW - 1000 * DAY
DECISION = """
INSERT INTO decisions (id, occasion, kind, name, customer, at, action, version, channel, done, probability, arm,
    held_by, policy, again, simulated, words, body)
VALUES (%s, '', %s, %s, 'c', %s, 'a', 1, 'email', true, 1, '', '', '', 0, false, '', '')
"""
DELIVERY = """
INSERT INTO outbox (decision, customer, channel, address, message, variant, purpose, topic, action, context,
    not_before, state, at, changed)
VALUES (%s, 'c', 'email', 'email:a@b.example', 'm', '', 'marketing', '', 'a', '{}', %s, %s, %s, %s)
"""
CAMPAIGN = """
INSERT INTO campaigns (name, title, segment, variants, purpose, topic, channels, starts, patience, holdout, state,
    place, at, actor, changed)
VALUES (%s, '', '', '', '', '', '{}', 0, 0, 0, %s, '', 0, '', 0)
"""
TABLES = ("decisions", "outbox", "contacts", "touches", "inbound")


@pytest.fixture
def app(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    monkeypatch.setenv("REGULARS_DATABASE_URL", installation.conninfo)
    monkeypatch.setenv("REGULARS_SECRET", KEY.hex())
    monkeypatch.setattr("regulars.cli.retaining._now", lambda: NOW)
    App(load(tmp_path / "data"), create=True)
    return keeping(tmp_path / "data", 400, "decisions", "slots")


def decide(
    installation: Installation, id: str, kind: str = "journey", at: int = OLD, state: str = "sent",
    changed: int = 0, name: str = "welcome",
) -> None:  # fmt: skip
    """A decision with all that can hang on it: for a place on the site a contact, else a row of the outbox."""
    key, put = id.encode(), installation.connection.execute
    put(
        DECISION,
        (key, kind, name, at),
    )  # fmt: skip
    if kind == "slot":
        put("INSERT INTO contacts VALUES (%s, 'c', %s, 'onsite', 'marketing', 'a', true)", (key, changed or at))
    else:
        put(
            DELIVERY,
            (key, at, state, at, changed or at),
        )
    put("INSERT INTO touches VALUES (%s, 'opened', '', '', 'c', %s, %s, 1)", (key, at, at))
    put("INSERT INTO inbound VALUES (%s, %s, 'bounce', %s, 'c', '')", (key, at, key))


def left(installation: Installation) -> dict[str, set[str]]:
    """Which decisions each table still has."""
    found = {}
    for table in TABLES:
        name = "id" if table == "decisions" else "decision"
        rows = installation.connection.execute(f"SELECT {name} FROM {table}".encode())
        found[table] = {bytes(row[0]).decode() for row in rows}
    return found


def removed(outcomes: Sequence[Outcome]) -> tuple[int, int]:
    """How many decisions went, and how many of the site's."""
    by = {each.kind: each for each in outcomes}
    assert not any(each.error for each in outcomes)
    return by["decisions"].removed, by["slots"].removed


def test_what_is_old_goes_with_all_that_hangs_on_it(installation: Installation, app: App) -> None:
    for id, kind in (("j", "journey"), ("c", "campaign"), ("p", "api"), ("s", "slot")):
        decide(installation, f"old-{id}", kind)
        decide(installation, f"new-{id}", kind, at=NOW - 399 * DAY)
    assert removed(run_retention(app, dry=True)) == (3, 1)
    assert removed(run_retention(app)) == (3, 1)
    stays = {"new-j", "new-c", "new-p", "new-s"}
    told = left(installation)
    assert told["decisions"] == told["touches"] == told["inbound"] == stays
    assert told["outbox"] == stays - {"new-s"} and told["contacts"] == {"new-s"}
    assert removed(run_retention(app)) == (0, 0)


def test_each_class_has_its_own_days(installation: Installation, app: App) -> None:
    decide(installation, "j")
    decide(installation, "s", "slot")
    assert removed(run_retention(keeping(app.folder.path, 400, "slots"))) == (0, 1)
    assert left(installation)["decisions"] == {"j"}
    assert removed(run_retention(keeping(app.folder.path, "none"))) == (0, 0)


def test_what_is_needed_stays(installation: Installation, app: App) -> None:
    for state in ("waiting", "sending", "held"):
        decide(installation, state, state=state)
    decide(installation, "sent-late", changed=NOW - DAY)
    decide(installation, "seen-late", "slot", changed=NOW - DAY)
    for name, state in (("spring", "paused"), ("autumn", "done"), ("winter", "ended")):
        decide(installation, name, "campaign", name=name)
        installation.connection.execute(
            CAMPAIGN,
            (name, state),
        )
    assert removed(run_retention(app)) == (2, 0)
    assert left(installation)["decisions"] == {"waiting", "sending", "held", "sent-late", "seen-late", "spring"}


def test_frequency_caps_keep_what_they_look_at(installation: Installation, app: App) -> None:
    decide(installation, "young", at=NOW - 89 * DAY)
    decide(installation, "older", at=NOW - 91 * DAY)
    assert removed(run_retention(keeping(app.folder.path, 0, "decisions"))) == (1, 0)
    assert left(installation)["decisions"] == {"young"}


def test_killed_in_the_middle_the_next_run_goes_on(
    installation: Installation, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        decide(installation, f"j{n}")
    monkeypatch.setattr(old_decisions, "PIECE", 2)
    credit, pieces = retention.credit, []

    def broken(*values: object) -> None:
        pieces.append(values)
        if len(pieces) == 2:
            raise KeyboardInterrupt
        credit(*values)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(retention, "credit", broken)
        with pytest.raises(KeyboardInterrupt):
            run_retention(app)
    told = left(installation)
    assert len(told["decisions"]) == 3 and all(told[table] == told["decisions"] for table in ("outbox", "touches"))
    assert removed(run_retention(app)) == (3, 0)
    broken_off = [run for run in retention.runs(installation.connection, 20) if run.error == "broken off"]
    assert [(run.kind, run.removed) for run in broken_off] == [("decisions", 2)]
    assert not any(left(installation).values())
