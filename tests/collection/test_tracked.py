"""Tracking calls from files: what is wrong is told with its file and line, what is right comes in order of arrival."""

import json
from pathlib import Path
from typing import Any

import pytest

from regulars.collection.report import ImportFailed
from regulars.collection.tracked import ITEMS, tracked_calls
from regulars.model.source import Source, Trust

SOURCES = [{"name": "web", "trust": "client"}, {"name": "till", "trust": "server", "group": "tills"}]
EARLY, LATE = "2026-03-14T09:00:00Z", "2026-03-14T09:00:01.5Z"
WEB, TILL = Source("web", Trust.CLIENT, "main"), Source("till", Trust.SERVER, "tills")


def folder(path: Path, lines: list[Any], sources: Any = SOURCES) -> Path:
    (path / "sources.json").write_text(json.dumps(sources))
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (path / "events.jsonl").write_text("".join(f"{text}\n" for text in texts))
    return path


def line(source: str, received: str = EARLY, **event: Any) -> dict[str, Any]:
    return {"source": source, "received_at": received, "event": event}


@pytest.mark.parametrize(
    "sources",
    [{}, [{}], [1], [{"name": "web", "trust": "friend"}], [{"name": "web", "trust": 1}], "no list"],
)
def test_wrong_sources_are_told(tmp_path: Path, sources: Any) -> None:
    with pytest.raises(ImportFailed, match=r"sources\.json"):
        tracked_calls(folder(tmp_path, [], sources))


def test_a_folder_without_the_files_is_told(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="regulars simulate"):
        tracked_calls(tmp_path)
    (folder(tmp_path, []) / "events.jsonl").unlink()
    _, calls = tracked_calls(tmp_path)
    with pytest.raises(ImportFailed, match=r"events\.jsonl"):
        next(calls)


@pytest.mark.parametrize(
    "wrong",
    [
        "", "{", "[]", "null", "{}", line("app"), line("web", "soon"), line("web", ""),
        {"source": "web", "received_at": EARLY}, {"source": 1, "received_at": EARLY, "event": {}},
    ],
)  # fmt: skip
def test_a_wrong_line_is_told_by_its_number_and_what_stands_before_it_is_not_lost(tmp_path: Path, wrong: Any) -> None:
    _, calls = tracked_calls(folder(tmp_path, [line("web", n=1), line("till", n=2), wrong]))
    assert next(calls)[2] == b'{"batch":[{"n": 1}]}'
    with pytest.raises(ImportFailed, match=r"events\.jsonl, line 3"):
        next(calls)


def test_calls_of_one_moment_come_together_in_the_order_of_arrival(tmp_path: Path) -> None:
    lines = [line("web", n=1), line("web", n=2), line("till", n=3), line("web", n=4), line("web", LATE, n=5)]
    sources, calls = tracked_calls(folder(tmp_path, lines))
    assert sources == [WEB, TILL]
    found = [(source, received, [each["n"] for each in json.loads(body)["batch"]]) for source, received, body in calls]
    start = 1_773_478_800_000_000
    assert found == [
        (WEB, start, [1, 2]),
        (TILL, start, [3]),
        (WEB, start, [4]),
        (WEB, start + 1_500_000, [5]),
    ]


def test_a_body_is_bounded_and_an_event_comes_byte_for_byte(tmp_path: Path) -> None:
    odd = f'{{"source":"web","received_at":"{EARLY}","event":{{"b":1.50, "a":"\\u00e9"}}}}'
    _, calls = tracked_calls(folder(tmp_path, [odd] * (ITEMS + 1)))
    first, second = (body for _, _, body in calls)
    assert first.count(b'{"b":1.50, "a":"\\u00e9"}') == ITEMS
    assert second == b'{"batch":[{"b":1.50, "a":"\\u00e9"}]}'


def test_no_events_are_no_calls(tmp_path: Path) -> None:
    assert list(tracked_calls(folder(tmp_path, []))[1]) == []
