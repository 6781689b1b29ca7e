"""Follows the events that the pipeline takes in: who comes into a journey by them, and who leaves."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from regulars.decisioning.journeys import counts, entries, place, queries
from regulars.decisioning.journeys.counts import ENTERED, Counted
from regulars.decisioning.journeys.events import happened_of
from regulars.decisioning.journeys.happened import Happened, begins
from regulars.decisioning.journeys.journey import BadJourney, Journey
from regulars.decisioning.journeys.machine import DID, Entry, World, enter, subjects
from regulars.decisioning.journeys.shelves import Back, Shelves
from regulars.decisioning.journeys.store import Switch, Version
from regulars.model.secret import Secret
from regulars.storage.binary import byteas, int8s
from regulars.storage.database import Connection

AT_ONCE: Final = 10_000
"""Events looked at in one transaction."""
STOCK: Final = "Stock Updated"

Running = Mapping[str, tuple[Version, Switch]]


class New(msgspec.Struct, frozen=True):
    """One event that came: whose it is (None for the shop's own), when it was received (microseconds)."""

    customer: bytes | None
    received: int
    event: Happened


class Follower:
    """Reads new events on one connection, in autocommit and used by nobody else meanwhile."""

    def __init__(self, connection: Connection, secret: Secret, world: World, shelves: Shelves) -> None:
        self._connection = connection
        self._secret = secret
        self._world = world
        self._shelves = shelves

    def look(self, running: Running, now: int) -> int:
        """Look at some events that came since the last look; returns how far it went on, 0 where it is up to date.

        `now` in microseconds since 1970 UTC.
        """
        journeys = {name: (version, switch, _read(version)) for name, (version, switch) in running.items()}
        with self._connection.transaction():
            newest, generation = place.last(self._connection)
            # Who acts may have started after somebody switched a journey on.
            at = place.read(self._connection, min((switch.at for _, switch, _ in journeys.values()), default=now))
            end = newest if not journeys else min(newest, at.place + AT_ONCE)
            if end <= at.place and at.generation == generation:
                return 0
            found = self._new(at.place, end, [each for _, _, each in journeys.values() if each is not None], now)
            back = self._came(found, [each for _, _, each in journeys.values() if each is not None])
            for version, switch, journey in journeys.values():
                if journey is not None:
                    mine = [each for each in found if each.received >= switch.at]
                    self._take(version, journey, mine, back, now)
            place.keep(self._connection, generation, end)
        return max(1, end - at.place)

    def _new(self, after: int, end: int, journeys: list[Journey], now: int) -> list[New]:
        names = sorted({begin.event for each in journeys for begin in each.begins} | {
            name for each in journeys for name in each.leaves_on
        })  # fmt: skip
        if not names:
            return []
        since = now - max(each.fresh for each in journeys)
        rows = self._connection.cursor(binary=True).execute(queries.NEW, (after, end, names, since))
        return [New(customer, received, happened_of(tuple(row))) for _, received, customer, *row in rows]

    def _came(self, found: list[New], journeys: list[Journey]) -> list[Back]:
        if not any(begin.back for each in journeys for begin in each.begins):
            return []
        return self._shelves.came([each.event for each in found if each.customer is None and each.event.name == STOCK])

    def _take(self, version: Version, journey: Journey, found: list[New], back: list[Back], now: int) -> None:
        tallied: Counted = Counter()
        self._leave(version.name, journey, found, now, tallied)
        coming = list(self._coming(version.name, journey, found, back, now))
        if coming:
            self._enter(version, journey, coming, now, tallied)
        counts.add(self._connection, version.name, tallied)

    def _leave(self, name: str, journey: Journey, found: Iterable[New], now: int, tallied: Counted) -> None:
        last: dict[bytes, int] = {}
        for each in found:
            if each.customer is not None and each.event.name in journey.leaves_on:
                last[each.customer] = max(last.get(each.customer, 0), each.event.time)
        if not last:
            return
        cursor = self._connection.cursor(binary=True)
        rows = cursor.execute(queries.LEAVERS, (byteas(last), int8s(last.values()), name)).fetchall()
        tallied.update((version, step, DID) for version, _, _, step in rows)
        cursor.execute(queries.STOP, (now, byteas(last), name))
        if rows:
            cursor.execute(queries.LEAVE, (DID, now, byteas([key for _, key, _, _ in rows])))

    def _coming(
        self, name: str, journey: Journey, found: list[New], back: list[Back], now: int
    ) -> Iterable[Entry]:  # fmt: skip
        for begin in journey.begins:
            if begin.back:
                for customer, event in self._shelves.waiting(back, begin.back, now):
                    yield from self._entries(name, journey, customer, event)
                continue
            for each in found:
                if each.customer is not None and now - each.event.time <= journey.fresh and begins(begin, each.event):
                    yield from self._entries(name, journey, each.customer, each.event)

    def _entries(self, name: str, journey: Journey, customer: bytes, event: Happened) -> Iterable[Entry]:
        for subject in subjects(journey, event):
            about = subject if journey.subject else ""
            key = self._secret.mac_bytes("journey", f"{name}\0{event.key}\0{about}".encode("utf-8", "replace"))
            yield enter(journey, key, customer, event, subject, self._world).entry

    def _enter(self, version: Version, journey: Journey, coming: list[Entry], now: int, tallied: Counted) -> None:
        heard: dict[bytes, int] = {}
        if journey.again_after:
            heard = entries.spoke(self._connection, version.name, [each.customer for each in coming])
        latest: dict[tuple[bytes, str], list[Entry]] = defaultdict(list)
        for each in coming:
            if each.started - heard.get(each.customer, -journey.again_after) >= journey.again_after:
                latest[each.customer, each.subject].append(each)
        # Of several in one look the last counts where each begins anew, else the first.
        choose = max if journey.restart else min
        chosen = [choose(alike, key=_order) for alike in latest.values()]
        anew = entries.restart(self._connection, version.name, chosen, now) if journey.restart else set()
        fresh = [each for each in chosen if each.key not in anew]
        came = entries.put(self._connection, version.name, version.version, fresh, now)
        if came:
            tallied[version.version, 0, ENTERED] += came


def _order(entry: Entry) -> tuple[int, bytes]:
    return entry.started, entry.key


def _read(version: Version) -> Journey | None:
    """What it says; None for one that another version of the program wrote."""
    try:
        return version.journey()
    except BadJourney:
        return None
