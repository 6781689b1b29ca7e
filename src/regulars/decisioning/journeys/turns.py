"""Takes the turns that are due: where each entry goes next, what is decided, and both in one transaction."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from regulars.decisioning.deciding import Deciding, What, what_came_of
from regulars.decisioning.journeys import counts, entries, queries, store
from regulars.decisioning.journeys.asking import actions_of, context_of, occasion_key
from regulars.decisioning.journeys.counts import Counted
from regulars.decisioning.journeys.entries import Due, Moved
from regulars.decisioning.journeys.events import current_ids, histories_of
from regulars.decisioning.journeys.journey import Ask, BadJourney, Journey
from regulars.decisioning.journeys.machine import GONE, Entry, Move, Passed, World, decided, turn
from regulars.model.decision import Occasion, occasion_id
from regulars.storage.database import Connection

AT_ONCE: Final = 500
"""Entries in one transaction."""


class Turns:
    """Takes turns on one connection, in autocommit and used by nobody else meanwhile."""

    def __init__(self, connection: Connection, deciding: Deciding, world: World) -> None:
        self._connection = connection
        self._deciding = deciding
        self._world = world

    def step(self, name: str, now: int, most: int = AT_ONCE) -> int:
        """Take some turns of one journey that are due; returns how many. Killed at any point, nothing is done twice."""
        with self._connection.transaction():
            found = entries.due(self._connection, name, now, most)
            if not found:
                return 0
            moves, tallied = self._gone(name, found)
            left = {each.move.entry.key for each in moves}
            for version in sorted({each.version for each in found}):
                mine = [each.entry for each in found if each.version == version and each.entry.key not in left]
                moves += self._moves(name, version, mine, now, tallied)
            entries.move(self._connection, moves, now)
            counts.add(self._connection, name, tallied)
        return len(found)

    def _gone(self, name: str, found: list[Due]) -> tuple[list[Moved], Counted]:
        """Those who are nobody any more; who became somebody else goes on as her."""
        ids = current_ids(self._connection, [each.entry.customer for each in found])
        moves: list[Moved] = []
        tallied: Counted = Counter()
        for place, each in enumerate(found):
            current = ids[each.entry.customer]
            if current == each.entry.customer:
                continue
            if current is None or self._is_in(name, current, each.entry):
                passed = Passed(each.entry.step, GONE)
                moves.append(Moved(Move(each.entry, (passed,), GONE)))
                tallied[each.version, each.entry.step, GONE] += 1
                continue
            self._connection.cursor().execute(queries.REKEY, (current, each.entry.key))
            entry = msgspec.structs.replace(each.entry, customer=current)
            found[place] = Due(each.version, entry)
        return moves, tallied

    def _is_in(self, name: str, customer: bytes, entry: Entry) -> bool:
        cursor = self._connection.cursor(binary=True)
        row = cursor.execute(queries.IS_IN, (name, customer, entry.subject, entry.key)).fetchone()
        return bool(row and row[0])

    def _moves(self, name: str, version: int, mine: Sequence[Entry], now: int, tallied: Counted) -> list[Moved]:
        found = store.find(self._connection, name, version)
        try:
            journey = None if found is None else found.journey()
        except BadJourney:
            journey = None
        if journey is None:
            tallied.update((version, each.step, GONE) for each in mine)
            return [Moved(Move(each, (), GONE)) for each in mine]
        history = histories_of(self._connection, journey, mine)
        moves = [turn(journey, each, history.get(each.customer, []), now, self._world) for each in mine]
        asking = [each for each in moves if each.ask is not None]
        what = self._ask(name, journey, version, asking, now) if asking else {}
        done = []
        for move in moves:
            spoke = 0
            if move.ask is not None:
                came, again = what[move.entry.key]
                spoke = now if came in ("sent", "held") else 0
                move = decided(journey, move.entry, came, again, now, self._world, move.passed)
            tallied.update(counts.counted(version, move.passed))
            done.append(Moved(move, spoke))
        return done

    def _ask(
        self, name: str, journey: Journey, version: int, asking: Sequence[Move], now: int
    ) -> dict[bytes, tuple[What, int]]:
        """Have it decided for each; what came of it, and when to ask again."""
        keys = [each.entry.key for each in asking]
        heard = entries.spoke(self._connection, name, [each.entry.customer for each in asking], keys)
        found: dict[bytes, tuple[What, int]] = {}
        wanted: list[tuple[bytes, Occasion]] = []
        of: dict[bytes, bytes] = {}
        for each in asking:
            entry, ask = each.entry, each.ask
            assert ask is not None
            if now - heard.get(entry.customer, 0) < journey.again_after:
                found[entry.key] = ("unsent", 0)
                continue
            if journey.again_after:
                # Of several entries of hers in one batch one is asked about.
                heard[entry.customer] = now
            occasion = self._occasion(name, journey, entry, ask)
            of[occasion.id] = entry.key
            wanted.append((entry.customer, occasion))
        for decision in self._deciding.settle(self._connection, wanted, actions_of(journey, version), now):
            found[of[decision.id]] = (what_came_of(decision), decision.again)
        return found

    def _occasion(self, name: str, journey: Journey, entry: Entry, ask: Ask) -> Occasion:
        key = occasion_key(name, entry)
        context = context_of(journey, entry, self._world)
        return Occasion(
            id=occasion_id(self._deciding.secret, key), key=key, kind="journey", name=name, actions=ask.messages,
            channels=ask.channels, context=context,
        )  # fmt: skip
