"""What the town counts while it lives, for the page of numbers that everything else can be checked by."""

from collections import Counter


class Tally:
    """Counts by name, and the lengths of sessions; sums do not depend on who is counted first."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.sources: Counter[str] = Counter()
        self.names: Counter[str] = Counter()
        self.pages: Counter[int] = Counter()
        self.seconds: Counter[int] = Counter()
        self.campaigns: Counter[tuple[str, str]] = Counter()

    def add(self, name: str, number: int = 1) -> None:
        """Count something."""
        self.counts[name] += number


def middle(counter: Counter[int]) -> float:
    """The median of numbers that were counted; 0 where there are none."""
    total = sum(counter.values())
    if not total:
        return 0.0
    return (_ranked(counter, (total - 1) // 2) + _ranked(counter, total // 2)) / 2


def _ranked(counter: Counter[int], rank: int) -> int:
    passed = 0
    for value in sorted(counter):
        passed += counter[value]
        if passed > rank:
            return value
    raise ValueError("a rank beyond what was counted")
