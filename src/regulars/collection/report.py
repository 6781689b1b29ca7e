"""What an import tells the person who started it: what was found, what was done about it, or why it stopped."""

import msgspec


class ImportFailed(Exception):
    """Raised when an import cannot go on; `message` says what is wrong and where, `mend` what to do about it."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(f"{message}. {mend}")
        self.message = message
        self.mend = mend


class Count(msgspec.Struct):
    """One line of a report: what was met, how often, and what was done with it."""

    name: str
    done: str
    count: int = 0


class Counts:
    """The report of one import, filled while its items are read; lines keep the order in which they were named."""

    def __init__(self) -> None:
        self._counts: dict[str, Count] = {}

    def name(self, name: str, done: str) -> None:
        """Open a line at 0, so that what was not met is reported too; a line already open stays as it is."""
        self._counts.setdefault(name, Count(name, done))

    def add(self, name: str, number: int = 1) -> None:
        """Add to a line that was opened before; KeyError otherwise, since an unexplained number helps nobody."""
        self._counts[name].count += number

    def __getitem__(self, name: str) -> int:
        return self._counts[name].count

    def lines(self) -> list[Count]:
        """All lines, for a table or for JSON."""
        return list(self._counts.values())

    def __str__(self) -> str:
        width = max((len(count.name) for count in self._counts.values()), default=0)
        return "\n".join(f"{c.name:<{width}}  {c.count:>11,}  {c.done}" for c in self._counts.values())
