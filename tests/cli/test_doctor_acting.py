"""The doctor on what acts: the process and its parts, what waits, timers, the mail server tried without sending."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.installation import KEY, Installation
from support.post import Box, key_pem, post_office
from support.sending import Shop

from regulars.app import App
from regulars.cli.doctor_acting import acting, mail
from regulars.cli.findings import Finding, Level
from regulars.cli.messages import run_messages
from regulars.settings import FILE, load
from regulars.storage.acting import OUTBOX, acting_state, set_name
from regulars.storage.leadership import ACTING_LOCK, lead

MINUTE = 60_000_000
ENTRY = """
INSERT INTO journey_entries (key, journey, version, customer, subject, products, order_id, said, simulated, started,
    step, wake, asked, tries, changed) VALUES (%s, %s, 1, 'c', '', '{}', '', '', false, 1, 0, %s, 0, 0, 1)
"""


def found(installation: Installation) -> dict[str, Finding]:
    """The findings about what acts by their check."""
    return {each.check: each for each in acting(installation.connection)}


def test_nothing_runs_that_acts(installation: Installation) -> None:
    told = found(installation)
    assert told["acting"].level is Level.WARN and "serve messages" in told["acting"].mend
    assert (told["outbox"].level, told["timers"].level) == (Level.OK, Level.OK)
    Shop(installation).put(1)
    told = found(installation)
    assert told["acting"].level is Level.FAIL
    assert told["outbox"].level is Level.WARN and "1 to go out now" in told["outbox"].found


def test_it_runs_and_something_is_late(installation: Installation) -> None:
    shop, now = Shop(installation), time.time_ns() // 1000
    decision = shop.put(1, at=now - 30 * MINUTE)
    shop.put(2, at=now + 30 * MINUTE)
    installation.connection.execute("UPDATE outbox SET why = '421' WHERE decision = %s", (decision,))
    with shop.connect() as leading, shop.connect() as worker:
        lead(leading, ACTING_LOCK)
        set_name(worker, OUTBOX)
        told = found(installation)
        assert told["acting"].level is Level.WARN and "journeys, campaigns" in told["acting"].found
        said = told["outbox"].found
        assert "1 to go out now, 1 later" in said and "put off for: 421" in said and "30 minutes ago" in said
        # What goes on handing over is at work, however much waits.
        installation.connection.execute(
            "UPDATE outbox SET state = 'sent', changed = %s WHERE decision <> %s", (now, decision)
        )
        assert found(installation)["outbox"].level is Level.OK


def test_timers_that_passed(installation: Installation) -> None:
    now = time.time_ns() // 1000
    for name, running in (("welcome", True), ("win-back", False)):
        installation.connection.execute("INSERT INTO journey_switches VALUES (%s, %s, 1, 'cli')", (name, running))
        installation.connection.execute(ENTRY, (name.encode(), name, now - 10 * MINUTE))
    told = found(installation)
    assert told["timers"].level is Level.WARN and told["timers"].found.startswith("1 of journeys")
    assert told["acting"].level is Level.FAIL


@pytest.fixture
def app_of(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., App]:
    """The installation with these settings of `[mail]`."""
    monkeypatch.setenv("REGULARS_DATABASE_URL", installation.conninfo)
    monkeypatch.setenv("REGULARS_SECRET", KEY.hex())
    App(load(tmp_path / "data"), create=True)

    def made(address: str = "https://regulars.shop.example", **mail: str | int) -> App:
        lines = [f"{key} = {value!r}" for key, value in mail.items()]
        (tmp_path / "data" / FILE).write_text("\n".join([f"address = {address!r}", "[mail]", *lines]))
        return App(load(tmp_path / "data"))

    return made


def test_its_parts_are_known_while_it_runs(installation: Installation, app_of: Callable[..., App]) -> None:
    app = app_of()
    threading.Thread(target=run_messages, args=(app, lambda text, event, **fields: None), daemon=True).start()
    deadline = time.monotonic() + 30
    while True:
        told = found(installation)["acting"]
        if told.level is Level.OK:
            break
        assert time.monotonic() < deadline, told
        time.sleep(0.05)
    state = acting_state(installation.connection, time.time_ns() // 1000)
    assert state.led and not state.absent and state.looked


def test_without_a_server_e_mails_stay_here(app_of: Callable[..., App]) -> None:
    (told,) = mail(app_of())
    assert told.level is Level.OK and "test mailbox" in told.found


def test_a_server_is_tried_and_nothing_is_sent(app_of: Callable[..., App]) -> None:
    with post_office() as (box, place):
        app = app_of(smtp=place, tls="none", sender="Shop <news@shop.example>")
        tried, signed = mail(app)
        assert tried.level is Level.OK and "nothing was sent" in tried.found
        assert signed.level is Level.OK
        assert box.connections == 1 and box.taken == []
        key = app.folder.path / "dkim.pem"
        key.write_bytes(key_pem())
        _, signed = mail(
            app_of(smtp=place, tls="none", sender="n@shop.example", dkim_domain="shop.example", dkim_key="dkim.pem")
        )
        assert "regulars._domainkey" in signed.found and signed.level is Level.OK
        _, signed = mail(
            app_of(smtp=place, tls="none", sender="n@other.example", dkim_domain="shop.example", dkim_key="dkim.pem")
        )
        assert signed.level is Level.WARN and "other.example" in signed.found
        key.write_text("no key")
        (broken,) = mail(
            app_of(smtp=place, tls="none", sender="n@shop.example", dkim_domain="shop.example", dkim_key="dkim.pem")
        )
        assert broken.level is Level.FAIL and "dkim_key" in broken.found
        (homeless,) = mail(app_of(address="", smtp=place, tls="none", sender="n@shop.example"))
        assert homeless.level is Level.FAIL and "address" in homeless.mend


def failed(app: App) -> tuple[str, str]:
    """What is said of the server, and what it takes to mend it."""
    told = next(iter(mail(app)))
    assert told.level is Level.FAIL
    return told.found, told.mend


def test_each_step_that_fails_is_named(app_of: Callable[..., App], monkeypatch: pytest.MonkeyPatch) -> None:
    class Picky(Box):
        async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
            return "550 5.7.1 not you"

    sender = {"sender": "Shop <news@shop.example>", "timeout": 2}
    said, mend = failed(app_of(smtp="127.0.0.1:1", tls="none", **sender))
    assert "connection" in said and "smtp" in mend
    with post_office() as (_, place):
        said, mend = failed(app_of(smtp=place, tls="starttls", **sender))
        assert ": tls: " in said and "ca" in mend
        said, mend = failed(app_of(smtp=place, tls="tls", **sender))
        assert ": tls: " in said
    with post_office(Picky()) as (_, place):
        said, mend = failed(app_of(smtp=place, tls="none", **sender))
        assert ": sender: 550" in said
