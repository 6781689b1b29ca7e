"""What the processes say of themselves: one JSON object a line on stderr, or plain lines where a person reads them.

Nothing of what customers or senders said ever stands in it: no identifier, no body, no key. So an exception is told by
its type and by the places that it passed, since its words may quote a value; of a library's message only the first
line of its template is.
"""

import logging
import os
import sys
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Protocol

import msgspec

Field = str | int | float | bool

OWN = "regulars"
"""The name under which all loggers of ours stand; a record's message is its event, `fields` what belongs to it."""

_PLACES = 12


class Say(Protocol):
    """Tells one event: `text` for people, the event's name and its fields for programs."""

    def __call__(self, text: str, event: str, **fields: Field) -> None:
        """Write it."""
        ...


def set_up(process: str, terminal: bool | None = None) -> Say:
    """Send all that is logged in this process to stderr under its name; returns how to tell an event of one's own."""
    plain = sys.stderr.isatty() if terminal is None else terminal
    handler = logging.StreamHandler()
    handler.setFormatter(TextLines(process) if plain else JsonLines(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    # Its own account of a record that cannot be formatted would quote the record.
    logging.raiseExceptions = False
    own = logging.getLogger(OWN)
    own.setLevel(logging.INFO)
    sys.excepthook = _unhandled

    def say(text: str, event: str, **fields: Field) -> None:
        own.info(event, extra={"fields": fields, "text": text})

    return say


def to_stderr(text: str, event: str, **fields: Field) -> None:
    """Tell an event to a person, apart from the result of a command."""
    with suppress(OSError, ValueError):  # nobody may be reading any more
        print(text, file=sys.stderr, flush=True)


class JsonLines(logging.Formatter):
    """A record as `{"time", "level", "process", "pid", "event", …}`."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = {"time": time, "level": record.levelname.lower(), "process": self.process, "pid": os.getpid()}
        return msgspec.json.encode({**head, **_told(record)}).decode()


class TextLines(logging.Formatter):
    """A record as a line for people, with the same content."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        text = getattr(record, "text", "")
        told = _told(record)
        if not text:
            event = told.pop("event")
            text = " ".join([str(event), *(f"{name}={value}" for name, value in told.items())])
        return f"{self.process}: {text}"


def _told(record: logging.LogRecord) -> dict[str, object]:
    error = _error(record.exc_info)
    if record.name == OWN or record.name.startswith(f"{OWN}."):
        text = getattr(record, "text", "")
        return {"event": str(record.msg), **getattr(record, "fields", {}), **({"text": text} if text else {}), **error}
    template = str(record.msg).partition("\n")[0][:200]
    return {"event": "library", "logger": record.name, "template": template, **error}


_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def _error(found: _ExcInfo | None) -> dict[str, object]:
    if not found or found[1] is None:
        return {}
    error = found[1]
    places = [
        f"{os.path.basename(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    kinds = [type(error).__name__]
    while (before := error.__cause__ or error.__context__) is not None and len(kinds) < 5:
        error = before
        kinds.append(type(error).__name__)
    return {"error": kinds[0], "because": kinds[1:], "at": places[-_PLACES:]}


def _unhandled(kind: type[BaseException], error: BaseException, places: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(OWN).critical("ended_by_error", exc_info=(kind, error, places))
