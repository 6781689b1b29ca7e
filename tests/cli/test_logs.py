"""One JSON object a line, and never a value that somebody sent."""

import json
import logging
import subprocess
import sys

import psycopg
import pytest

from regulars.cli.logs import JsonLines, TextLines

MARK = "marked@mail.example"


def record(name: str, message: str, *arguments: object, error: BaseException | None = None, **more: object) -> str:
    made = logging.getLogger(name).makeRecord(
        name, logging.ERROR, "f", 1, message, arguments, (type(error), error, error.__traceback__) if error else None,
        extra=more,
    )  # fmt: skip
    return JsonLines("web").format(made)


def test_an_event_of_ours() -> None:
    told = json.loads(record("regulars.web", "leads", fields={"place": 7}, text="leads from place 7"))
    assert {"time", "pid"} <= told.keys()
    assert told["time"].endswith("+00:00")
    kept = {name: told[name] for name in ("level", "process", "event", "place", "text")}
    assert kept == {"level": "error", "process": "web", "event": "leads", "place": 7, "text": "leads from place 7"}


def test_words_of_an_exception_are_not_told_only_its_kind_and_places() -> None:
    try:
        try:
            int(MARK)
        except ValueError as error:
            raise psycopg.DataError(f"invalid input: {MARK}") from error
    except psycopg.DataError as error:
        line = record("regulars.web", "request_failed", error=error)
    told = json.loads(line)
    assert MARK not in line
    assert (told["error"], told["because"]) == ("DataError", ["ValueError"])
    assert told["at"] == [each for each in told["at"] if each.startswith("test_logs.py:")] != []


@pytest.mark.parametrize(
    ("message", "arguments", "shown"),
    [
        ("error connecting in %r: %s", ("pool", MARK), "error connecting in %r: %s"),
        (f"Task exception was never retrieved\nfuture: {MARK}", (), "Task exception was never retrieved"),
    ],
)
def test_a_library_is_quoted_by_its_template(message: str, arguments: tuple[object, ...], shown: str) -> None:
    line = record("asyncio", message, *arguments)
    assert MARK not in line
    assert json.loads(line)["template"] == shown


def test_on_a_terminal_it_is_a_line_for_people() -> None:
    made = logging.makeLogRecord({"name": "regulars", "msg": "leads", "fields": {"place": 7}, "text": "leads from 7"})
    assert TextLines("pipeline").format(made) == "pipeline: leads from 7"
    made = logging.makeLogRecord({"name": "regulars.web", "msg": "database_unavailable", "fields": {"error": "X"}})
    assert TextLines("web").format(made) == "web: database_unavailable error=X"


def test_an_error_that_ends_a_process_is_told_without_its_words() -> None:
    code = f"from regulars.cli.logs import set_up; set_up('pipeline', False); int({MARK!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    told = json.loads(done.stderr)
    assert (told["event"], told["error"], told["level"]) == ("ended_by_error", "ValueError", "critical")
    assert MARK not in done.stderr
