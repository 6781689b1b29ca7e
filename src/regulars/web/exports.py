"""An export: all that is held about one customer, as JSON and as one page that a person can read.

The page has no scripts and nothing from elsewhere, and every value in it is escaped.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final

import msgspec

from regulars.model.parts import Export

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8885; --quiet: #666; }
@media (prefers-color-scheme: dark) { :root { --quiet: #aaa; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
dl { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: .25rem 1rem; margin: .25rem 0; }
dt { color: var(--quiet); overflow-wrap: anywhere; } dd { margin: 0; overflow-wrap: anywhere; }
ol, ul { margin: 0; padding-left: 1.25rem; } li { margin: .25rem 0; }
article { border-top: 1px solid var(--line); padding: .75rem 0; break-inside: avoid; }
article h3 { margin: 0; font-size: 1rem; } time { color: var(--quiet); font-variant-numeric: tabular-nums; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
@media print { body { font-size: 11pt; max-width: none; margin: 0; } }
"""
_HEAD: Final = ("customer", "at")
_TITLES: Final = {
    "profile": "What is known", "events": "Everything that was received", "looked_at": "Who looked at it",
    "consent_words": "What was said about being contacted", "suppressions": "What is never written to",
    "preferences": "How messages are preferred", "decisions": "What was decided, and why",
}  # fmt: skip
"""Of parts that are not named here the title is their name."""


async def exported(connection: Any, customer: bytes, parts: Sequence[Export], at: datetime) -> dict[str, Any]:
    """What every part holds about a customer, at a moment in UTC."""
    data: dict[str, Any] = {"customer": customer.hex(), "at": at.isoformat(timespec="seconds")}
    for part in parts:
        data.update(await part(connection, customer))
    return data


def export_json(data: Mapping[str, Any]) -> bytes:
    """An export as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n"


def export_html(data: Mapping[str, Any]) -> bytes:
    """The page for an export as JSON holds it, in UTF-8."""
    parts = [f"<h2>{_title(name)}</h2>{_part(name, value)}" for name, value in data.items() if name not in _HEAD]
    who, at = escape(str(data["customer"])), escape(str(data["at"]))
    head = f"<p>Customer <code>{who}</code>, as of <time>{at}</time>.</p>"
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Your data</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>Your data</h1>{head}{''.join(parts)}</main></body></html>\n"
    )
    return page.encode("utf-8", "replace")


def _part(name: str, value: Any) -> str:
    if name == "events" and value:
        return "".join(_event(each) for each in value)
    return _value(value)


def _event(event: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in event.items() if name not in ("summary", "time")}
    heading = f"<h3>{escape(str(event['summary']))}</h3><time>{escape(str(event['time']))}</time>"
    return f"<article>{heading}{_value(rest)}</article>"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        rows = [f"<dt>{_title(str(name))}</dt><dd>{_value(each)}</dd>" for name, each in value.items() if _says(each)]
        return f"<dl>{''.join(rows)}</dl>" if rows else "–"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"<ul>{''.join(f'<li>{_value(each)}</li>' for each in value)}</ul>" if value else "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escape(str(value)) if _says(value) else "–"


def _says(value: Any) -> bool:
    return value is not None and value != "" and value != [] and value != {}


def _title(name: str) -> str:
    return escape(_TITLES.get(name) or name.replace("_", " "))
