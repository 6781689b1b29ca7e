"""One customer taken through a journey in thought: as it would have been, by the same steps as live."""

from collections.abc import Callable, Sequence

import msgspec

from regulars.decisioning.journeys.happened import Happened, begins
from regulars.decisioning.journeys.journey import Ask, Journey
from regulars.decisioning.journeys.machine import DID, Entry, Move, Passed, World, decided, enter, subjects, turn

Asking = Callable[[Entry, Ask, int], tuple[str, int]]
"""What would come of asking at a time (microseconds): sent, held or unsent, and when to ask again."""


class Trace(msgspec.Struct):
    """What came of it: how often she came in, each step gone by, and when something would have been said."""

    entered: int = 0
    passed: list[Passed] = []
    spoke: list[int] = []


class Player:
    """Takes one customer through; `history` is all that a journey has to know of her, in the order of time."""

    def __init__(
        self, journey: Journey, customer: bytes, history: Sequence[Happened], world: World, ask: Asking
    ) -> None:
        self._journey = journey
        self._customer = customer
        self._history = history
        self._world = world
        self._ask = ask
        self._in: dict[str, Entry] = {}
        self._heard: dict[str, int] = {}
        self.trace = Trace(0, [], [])

    def play(self, since: int, until: int) -> Trace:
        """What would have come of it, had the journey been on from `since` to `until` (microseconds since 1970 UTC)."""
        for event in self._history:
            if not since <= event.time <= until:
                continue
            self._take_turns(event.time)
            if event.name in self._journey.leaves_on:
                self._leave(event)
            if any(begins(each, event) for each in self._journey.begins):
                self._come_in(event)
        self._take_turns(until)
        return self.trace

    def _take_turns(self, until: int) -> None:
        while due := [each for each in self._in.values() if each.wake <= until]:
            entry = min(due, key=lambda each: (each.wake, each.subject))
            now = entry.wake
            move = turn(self._journey, entry, self._history, now, self._world)
            while move.ask is not None:
                move = self._asked(move, now)
            self.trace.passed += move.passed
            if move.outcome:
                del self._in[entry.subject]
            else:
                self._in[entry.subject] = move.entry

    def _asked(self, move: Move, now: int) -> Move:
        assert move.ask is not None
        what, again = "unsent", 0
        others = [time for subject, time in self._heard.items() if subject != move.entry.subject]
        if now - max(others, default=-self._journey.again_after) >= self._journey.again_after:
            what, again = self._ask(move.entry, move.ask, now)
        if what in ("sent", "held"):
            self.trace.spoke.append(now)
            self._heard[move.entry.subject] = now
        return decided(self._journey, move.entry, what, again, now, self._world, move.passed)

    def _leave(self, event: Happened) -> None:
        for subject in [each.subject for each in self._in.values() if each.started < event.time]:
            self.trace.passed.append(Passed(self._in.pop(subject).step, DID))

    def _come_in(self, event: Happened) -> None:
        last = max(self.trace.spoke, default=-self._journey.again_after)
        if event.time - last < self._journey.again_after:
            return
        for subject in subjects(self._journey, event):
            if subject in self._in and not self._journey.restart:
                continue
            self.trace.entered += subject not in self._in
            entry = enter(self._journey, bytes(16), self._customer, event, subject, self._world).entry
            self._in[entry.subject] = entry
