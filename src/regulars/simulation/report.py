"""What a generated town holds: every phenomenon counted, beside the rate that was asked for."""

from collections import Counter

import msgspec

from regulars.simulation.rates import Rates


class Share(msgspec.Struct, frozen=True):
    """How often something happened (`count`), out of how many occasions (`of`), and the share `wanted`."""

    count: int
    of: int
    wanted: float

    @property
    def observed(self) -> float:
        """The share that came out; 0 where there was no occasion."""
        return self.count / self.of if self.of else 0.0


class Report(msgspec.Struct, frozen=True):
    """The town in numbers: `lines` are written calls with duplicates, `events` distinct ones.

    `strong` counts the events with a true strong identifier; `sources` the distinct events of each source;
    `shares` has one entry for each field of `Rates`, under its name.
    """

    seed: int
    customers: int
    households: int
    days: int
    lines: int
    events: int
    strong: int
    sources: dict[str, int]
    shares: dict[str, Share]


class Tally:
    """Counts occasions and what came of them while the town lives."""

    def __init__(self) -> None:
        self.hits: Counter[str] = Counter()
        self.occasions: Counter[str] = Counter()
        self.sources: Counter[str] = Counter()
        self.strong = 0

    def note(self, name: str, happened: bool) -> bool:
        """Record one occasion of the named rate and hand back whether it happened."""
        self.occasions[name] += 1
        if happened:
            self.hits[name] += 1
        return happened

    def shares(self, rates: Rates) -> dict[str, Share]:
        """Each rate by name, as it came out."""
        wanted: dict[str, float] = msgspec.structs.asdict(rates)
        return {name: Share(self.hits[name], self.occasions[name], rate) for name, rate in wanted.items()}
