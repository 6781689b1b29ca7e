"""A process killed while decisions are written, again and again: one decision and one outbox row an occasion."""

import signal
import subprocess
import sys

import pytest
from support.installation import SHOP, Installation, identify, track
from support.running import environment

from regulars.storage.faults import FAULT

MANY = 12
SCRIPT = """
import sys
from regulars.decisioning import ledger
from regulars.decisioning.arbitrate import decide
from regulars.decisioning.facts import Means, gather
from regulars.identity.rules import RULES
from regulars.model.contact import ContactPolicy
from regulars.model.decision import Action, Occasion, occasion_id, rulebook
from regulars.model.secret import Secret
from regulars.storage.database import connect

secret, now = Secret(bytes(range(32))), 1_773_489_600_000_000
policy = ContactPolicy(holdout=0.0, quiet_from=0, quiet_to=0)
book = rulebook(policy, (Action("offer", title="Offer", worth=100, base_rate=0.5),))
with connect(sys.argv[1], autocommit=True) as connection:
    query = "SELECT customer FROM identifiers WHERE type = 'email' ORDER BY value"
    for n, (customer,) in enumerate(connection.cursor(binary=True).execute(query).fetchall()):
        key = f"campaign/spring/{n}"
        known = gather(connection, [customer], book, Means(RULES, secret), now)[customer]
        asked = Occasion(id=occasion_id(secret, key), key=key, kind="campaign", name="spring")
        ledger.record(connection, [decide(known, asked, book, now)], book)
"""


@pytest.mark.slow
def test_one_decision_and_one_row_whenever_it_is_killed(installation: Installation) -> None:
    for n in range(MANY):
        mail = f"p{n:02}@mail.example"
        said = track("Consent Given", f"u{n}", purpose="marketing", channel="email", address=mail)
        installation.send(SHOP, identify(f"u{n}", email=mail), said)

    def run(fault: str = "") -> int:
        argv = [sys.executable, "-c", SCRIPT, installation.conninfo]
        return subprocess.run(argv, env=environment() | ({FAULT: fault} if fault else {}), check=False).returncode

    # Each time only what is not there yet is written, so that the process comes a little further before it is killed.
    for fault in ("decision.before:1", "decision.after:1", "decision.after:3", "decision.before:2", "decision.after:2"):
        assert run(fault) == -signal.SIGKILL, fault
    assert run() == run() == 0
    connection = installation.connection
    assert connection.execute("SELECT count(*), count(DISTINCT occasion) FROM decisions").fetchone() == (MANY, MANY)
    rows = connection.execute("SELECT count(*), count(DISTINCT address) FROM outbox WHERE state = 'waiting'")
    assert rows.fetchone() == (MANY, MANY)
