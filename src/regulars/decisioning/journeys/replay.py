"""What a journey would have done over a past month: its own steps over the lake's events, by what is allowed today."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from regulars.decisioning.arbitrate import decide
from regulars.decisioning.deciding import Deciding, reason, what_came_of
from regulars.decisioning.facts import Means, gather
from regulars.decisioning.journeys import queries
from regulars.decisioning.journeys.asking import actions_of, context_of
from regulars.decisioning.journeys.happened import Happened, begins, happened
from regulars.decisioning.journeys.journey import DAY, Ask, Journey
from regulars.decisioning.journeys.machine import Entry, World
from regulars.decisioning.journeys.play import Player
from regulars.model.contact import SERVICE
from regulars.model.decision import Contact, Known, Occasion, Rulebook, occasion_id
from regulars.segments.moment import moment
from regulars.storage.database import Connection
from regulars.storage.engine import open_lake

MONTH: Final = 30 * DAY
AT_ONCE: Final = 500
FETCH: Final = 5_000
LONGEST: Final = 600.0
MEMORY: Final = "1GB"
QUIET: Final = "quiet_hours"


class Replayed(msgspec.Struct, frozen=True):
    """What would have come of it from `since` to `until` (microseconds since 1970 UTC).

    `sent` messages to `people`; `held` back to compare; `messages` by name; `passed` by step and what was there;
    `reasons` for which nothing went. `looked` customers did what begins it; `whole` is False where time was up before
    all were looked at. `note` says why it cannot be told.
    """

    since: int
    until: int
    entered: int = 0
    sent: int = 0
    people: int = 0
    held: int = 0
    messages: dict[str, int] = {}
    passed: dict[tuple[int, str], int] = {}
    reasons: dict[str, int] = {}
    looked: int = 0
    whole: bool = True
    note: str = ""

    def words(self) -> str:
        """In one sentence."""
        if self.note:
            return self.note
        held = f" {self.held:,} more would have been held back to compare." if self.held else ""
        people = "person" if self.people == 1 else "people"
        part = "" if self.whole else f" Time was up: this is of the first {self.looked:,} who did what begins it."
        return f"It would have sent {self.sent:,} to {self.people:,} {people}.{held}{part}"


class _Tally:
    """Counts while customers are taken through."""

    def __init__(self) -> None:
        self.entered = 0
        self.people: int = 0
        self.messages: Counter[str] = Counter()
        self.passed: Counter[tuple[int, str]] = Counter()
        self.reasons: Counter[str] = Counter()
        self.held = 0
        self.looked = 0


class Replay:
    """Replays one journey; `connection` is in autocommit. Raises LakeError where there is no lake."""

    def __init__(self, connection: Connection, lake: Path, deciding: Deciding, world: World, mode: str) -> None:
        self._connection = connection
        self._lake = lake
        self._deciding = deciding
        self._world = world
        self._mode = mode

    def run(self, name: str, journey: Journey, now: int, seconds: float = LONGEST) -> Replayed:
        """What it would have done over the last 30 days; for old data, over their last 30 days."""
        with tempfile.TemporaryDirectory(prefix="regulars-") as spill:
            lake = open_lake(self._lake, threads=1, memory=MEMORY, spill=Path(spill))
            try:
                return self._run(lake, name, journey, now, time.monotonic() + seconds)
            finally:
                lake.close()

    def _run(
        self, lake: duckdb.DuckDBPyConnection, name: str, journey: Journey, now: int, end: float
    ) -> Replayed:  # fmt: skip
        newest = lake.execute(queries.NEWEST).fetchone()
        until = moment(self._mode, now, newest[0] if newest else None)
        since = until - MONTH
        if all(each.back for each in journey.begins):
            note = "What lay where in the past is not kept, so what comes back on a shelf cannot be replayed."
            return Replayed(since, until, note=note)
        book = self._deciding.book(self._connection, actions_of(journey, 0))
        tally = _Tally()
        waiting: list[tuple[bytes, list[Happened]]] = []
        for customer, history in _histories(lake, journey, since, until):
            if any(since <= event.time and any(begins(each, event) for each in journey.begins) for event in history):
                waiting.append((customer, history))
            if len(waiting) >= AT_ONCE:
                self._play(name, journey, waiting, book, (since, until), tally, now)
                waiting = []
                if time.monotonic() > end:
                    break
        else:
            end = 0.0
        self._play(name, journey, waiting, book, (since, until), tally, now)
        return Replayed(
            since, until, tally.entered, tally.messages.total(), tally.people, tally.held, dict(tally.messages),
            dict(tally.passed), dict(tally.reasons), tally.looked, not end,
        )  # fmt: skip

    def _play(
        self, name: str, journey: Journey, waiting: Sequence[tuple[bytes, list[Happened]]], book: Rulebook,
        span: tuple[int, int], tally: _Tally, now: int,
    ) -> None:  # fmt: skip
        if not waiting:
            return
        means = Means(self._deciding.rules, self._deciding.secret)
        known = gather(self._connection, [customer for customer, _ in waiting], book, means, now)
        for customer, history in waiting:
            asking = _Asking(name, journey, book, _then(known[customer]), self._deciding, self._world, tally)
            trace = Player(journey, customer, history, self._world, asking).play(*span)
            tally.looked += 1
            tally.entered += trace.entered
            tally.passed.update((each.step, each.what) for each in trace.passed)
            tally.people += asking.sent > 0


class _Asking:
    """Decides for one customer as it would have been decided then; what would have gone out counts for what follows."""

    def __init__(
        self, name: str, journey: Journey, book: Rulebook, known: Known, deciding: Deciding, world: World, tally: _Tally
    ) -> None:
        self._name = name
        self._journey = journey
        self._book = book
        self._known = known
        self._deciding = deciding
        self._world = world
        self._tally = tally
        self.sent = 0

    def __call__(self, entry: Entry, ask: Ask, now: int) -> tuple[str, int]:
        key = f"replay/{self._name}/{entry.customer.hex()}/{entry.subject}/{entry.started}/{entry.step}/{entry.tries}"
        occasion = Occasion(
            id=occasion_id(self._deciding.secret, key.replace("\0", "")), key=key, kind="journey", name=self._name,
            actions=ask.messages, channels=ask.channels, context=context_of(self._journey, entry, self._world),
        )  # fmt: skip
        decision = decide(self._known, occasion, self._book, now)
        what, did = what_came_of(decision), decision.did
        if did is not None:
            self.sent += 1
            self._tally.messages[did.action] += 1
            contact = Contact(now, did.channel, self._journey.purpose in SERVICE, did.action)
            self._known = msgspec.structs.replace(self._known, contacts=(*self._known.contacts, contact))
        self._tally.held += what == "held"
        if what == "unsent":
            self._tally.reasons[reason(decision)] += 1
        return what, decision.again


def _then(known: Known) -> Known:
    """As she was before the month: contacted by nobody; that it is night now is left aside."""
    permits = {
        name: msgspec.structs.replace(each, code="", again=0) if each.code == QUIET else each
        for name, each in known.permits.items()
    }
    return msgspec.structs.replace(known, contacts=(), permits=permits)


def _histories(
    lake: duckdb.DuckDBPyConnection, journey: Journey, since: int, until: int
) -> Iterator[tuple[bytes, list[Happened]]]:
    """What a journey has to know of each customer, one at a time."""
    first = since - journey.looks_back()
    result = lake.execute(queries.REPLAYED, [first, first, until, sorted(journey.events())])
    last, history = "", list[Happened]()
    while rows := result.fetchmany(FETCH):
        for customer, *row in rows:
            if customer != last and last:
                yield bytes.fromhex(last), history
                history = []
            last = customer
            history.append(_happened(row))
    if last:
        yield bytes.fromhex(last), history


def _happened(row: Sequence[Any]) -> Happened:
    at, name, product, order, properties, origin, products = row
    said = msgspec.json.decode(properties) if properties else {}
    found = happened(at, name, f"{product}/{order}", said if isinstance(said, dict) else {}, origin == "simulated")
    named = dict.fromkeys([*([product] if product else []), *(products or []), *found.products])
    return msgspec.structs.replace(found, products=tuple(named), order=order or found.order)
