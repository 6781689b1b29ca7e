"""Where calls are written, and the truth about them in files apart."""

from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from regulars.simulation.everyday.call import NAMES, Item, Line, Voice, encode, iso, item, message_id
from regulars.simulation.everyday.chance import Chance, mark
from regulars.simulation.everyday.people import Person, home
from regulars.simulation.everyday.tally import Tally
from regulars.simulation.spool import Spool

TRUTHS = ("truth", "people", "sessions", "orders", "effects", "complaints", "referrals")
"""The files that only an evaluation may read, each of JSON lines."""
ARRIVES = 3_000  # milliseconds that a call takes at most


class Fact(msgspec.Struct):
    """The truth about one call; `session` is '' outside a visit."""

    message_id: str
    source: str
    person: str
    household: str
    strong: bool
    session: str


class Desk:
    """Takes the calls of all persons up to the end of the days that are simulated; later ones have not happened."""

    def __init__(self, root: str, end: int, folder: Path, spool: Spool, tally: Tally) -> None:
        self.tally = tally
        self._root = root
        self._end = end
        self._spool = spool
        self._files = {name: (folder / f"{name}.jsonl").open("wb") for name in TRUTHS}
        self._truth = self._files["truth"].write
        self._numbers: dict[int, int] = {}

    def __enter__(self) -> "Desk":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()

    def say(
        self, actor: Person, rng: Chance, who: Voice, kind: str, name: str, time: int, properties: bytes = b"",
        traits: bytes = b"", about: bytes = b"", session: str = "",
    ) -> bool:  # fmt: skip
        """Write one call of `actor` with its truth; whether it came before the end."""
        if time >= self._end:
            return False
        number = self._numbers.get(actor.number, 0)
        self._numbers[actor.number] = number + 1
        id = message_id(self._root, actor.number, number)
        call = item(who, id, kind, name, time, properties, traits, about)
        self._write(
            rng, who, time, call, Fact(id, NAMES[who.source], actor.name, home(actor.household), who.strong, session)
        )
        self.tally.names[name or kind] += 1
        self.tally.counts["strong"] += who.strong
        return True

    def announce(self, rng: Chance, who: Voice, name: str, thing: str, time: int, properties: dict[str, Any]) -> None:
        """Write what the shop says of one of its own things; it is nobody's."""
        id = mark(self._root, name, thing)
        call = item(who, id, "track", name, time, encode(properties), b"", b"")
        self._write(rng, who, time, call, Fact(id, NAMES[who.source], "", "", False, ""))
        self.tally.names[name] += 1

    def _write(self, rng: Chance, who: Voice, time: int, call: Item, fact: Fact) -> None:
        arrival = time + rng.below(ARRIVES)
        self._spool.add(arrival, encode(Line(NAMES[who.source], iso(arrival), call)))
        self._truth(encode(fact) + b"\n")
        self.tally.sources[NAMES[who.source]] += 1

    def tell(self, actor: Person, rng: Chance, who: Voice, name: str, time: int, properties: dict[str, Any]) -> bool:
        """Write one track call of somebody else than the person whose life is told."""
        return self.say(actor, rng, who, "track", name, time, encode(properties))

    def note(self, file: str, **truth: Any) -> None:
        """Write one line of truth."""
        self._files[file].write(encode(truth) + b"\n")
