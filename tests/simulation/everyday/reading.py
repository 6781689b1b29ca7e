"""Reading a town's files in tests."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

Lines = list[dict[str, Any]]


def lines(path: Path) -> Lines:
    """The JSON lines of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def events(folder: Path) -> Lines:
    """The calls of a town, their sources by the names without the town's before them."""
    found = lines(folder / "events.jsonl")
    for line in found:
        line["source"] = line["source"].removeprefix("town-")
    return found


def truth(folder: Path) -> dict[str, dict[str, Any]]:
    """The truth about each call by message id."""
    return {fact["message_id"]: fact for fact in lines(folder / "truth.jsonl")}


def happened(line: dict[str, Any]) -> int:
    """When a call happened, in milliseconds since 1970."""
    text = line["event"].get("originalTimestamp") or line["event"]["timestamp"]
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def named(found: Lines, *names: str) -> Lines:
    """The track calls of these names."""
    return [line for line in found if line["event"].get("event") in names]
