"""`regulars decisions`: what was decided for customers, and why; decided again from what the ledger holds."""

import argparse
import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from regulars.cli.command import CliError, Subparsers, command, group, open_app, show, show_line
from regulars.cli.whom import ACTOR, WHO, one, read
from regulars.decisioning import ledger
from regulars.decisioning.hers import ids_of
from regulars.decisioning.ledger import Recorded
from regulars.decisioning.replay import replay
from regulars.decisioning.words import dropped_words
from regulars.identity.lookup import customer_id
from regulars.model.decision import Candidate
from regulars.storage import audit
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    made = group(subparsers, "decisions", "What was decided for customers, and why")
    listed = command(made, "of", "The last decisions for a customer, newest first", _of)
    listed.add_argument("customer", metavar="CUSTOMER", help=WHO)
    listed.add_argument("--most", type=int, default=20, metavar="N", help="how many at most (default: 20)")
    explained = command(made, "explain", "One decision: its candidates, and what each was dropped by", _explain)
    explained.add_argument("decision", metavar="ID")
    again = command(made, "replay", "Decide again from what the ledger holds; fails where anything differs", _replay)
    again.add_argument("decision", nargs="?", metavar="ID", help="one decision (default: the newest)")
    again.add_argument(
        "--days", type=int, default=1, metavar="N", help="without ID: those of so many days (default: 1)"
    )
    again.add_argument("--most", type=int, default=10_000, metavar="N", help="without ID: at most so many")


def _of(options: argparse.Namespace) -> None:
    app = open_app(options)
    customer = read(app, lambda connection: one(connection, app, options.customer))
    with app.connect() as connection:
        finish(audit.record(awaited(connection), ACTOR, "decisions", [customer]))
        ids = ids_of(connection, [customer], app.secret)[customer]
        for each in ledger.last_of(connection, ids, max(1, options.most)):
            show_line(options, told(each), f"{_day(each.decision.at)}  {_what(each):<40}  {each.decision.id.hex()}")


def _explain(options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        found = _found(connection, options.decision)
        finish(audit.record(awaited(connection), ACTOR, "decision", [found.decision.customer]))
    decision = found.decision
    lines = [
        f"{_day(decision.at)}  {_what(found)}", f"asked by {decision.kind} {decision.name}", "", found.words, "",
        *(_candidate(each, decision.did is each) for each in decision.candidates), "",
        f"probability {decision.probability:g}, rulebook {decision.policy}"
        + (f", {decision.arm}" if decision.arm else ""),
    ]  # fmt: skip
    if decision.again:
        lines.append(f"decided again from {_day(decision.again)} on")
    show(options, told(found), "\n".join(lines))


def _replay(options: argparse.Namespace) -> None:
    app = open_app(options)
    with app.connect() as connection:
        if options.decision:
            wanted = [_found(connection, options.decision)]
        else:
            since = time.time_ns() // 1000 - max(1, options.days) * 86_400_000_000
            wanted = ledger.newest(connection, since, max(1, options.most))
        differing = _differing(connection, wanted)
    result = {"replayed": len(wanted), "differing": [{"id": id, "in": list(parts)} for id, parts in differing.items()]}
    lines = [f"{len(wanted):,} replayed, {len(differing):,} came out otherwise"]
    lines += [f"{id}: {', '.join(parts)}" for id, parts in differing.items()]
    show(options, result, "\n".join(lines))
    if differing:
        raise CliError("what was decided does not follow from what the ledger holds")


def _differing(connection: Connection, wanted: list[Recorded]) -> dict[str, tuple[str, ...]]:
    books: dict[str, Any] = {}
    differing = {}
    for each in wanted:
        version = each.decision.policy
        if version not in books:
            books[version] = ledger.book_of(connection, version)
        parts = ("rulebook",) if books[version] is None else replay(each.decision, books[version]).differs
        if parts:
            differing[each.decision.id.hex()] = parts
    return differing


def told(each: Recorded) -> dict[str, Any]:
    """A decision for programs, with its facts, candidates and words."""
    decision, did = each.decision, each.decision.did
    return {
        "id": decision.id.hex(), "customer": decision.customer.hex(), "at": decision.at, "occasion": decision.occasion,
        "action": "" if did is None else did.action, "channel": "" if did is None else did.channel,
        "probability": decision.probability, "arm": decision.arm, "held_by": decision.held_by,
        "policy": decision.policy, "again": decision.again, "words": each.words,
        "candidates": [msgspec.structs.asdict(one) for one in decision.candidates],
        "facts": _plain(decision.facts),
    }  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.hex() if isinstance(value, bytes) else value


def _found(connection: Connection, text: str) -> Recorded:
    id = customer_id(text)
    found = ledger.find(connection, id) if id is not None else None
    if found is None:
        raise CliError(f"there is no decision {text}: an id has 32 hexadecimal digits")
    return found


def _what(each: Recorded) -> str:
    did = each.decision.did
    return "nothing" if did is None else f"{did.action} by {did.channel}"


def _candidate(each: Candidate, is_chosen: bool) -> str:
    mark = "*" if is_chosen else " "
    name = f"{each.action} by {each.channel}" if each.action else "do nothing"
    return f"{mark} {name:<44} {dropped_words(each) or f'{each.score:.2f}'}"


def _day(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1_000_000, UTC):%Y-%m-%d %H:%M}"
