"""CSV and TSV, read a line at a time: what one broken row spoils ends with that row."""

import csv
from collections.abc import Iterator

from regulars.collection.files.encodings import Text
from regulars.collection.files.mapfile import FileSpec
from regulars.collection.files.problem import BadRow, shown
from regulars.collection.files.table import LARGEST_ROW, Row, Table, clean_header
from regulars.collection.report import ImportFailed
from regulars.model.rejection import Reason

DELIMITERS = ",;\t|"
MOST_LINES = 500
"""Lines that one row with quoted line ends may have."""


def open_delimited(text: Text, spec: FileSpec, name: str, tabs: bool = False) -> Table:
    """The table in a delimited text; raises ImportFailed where the header cannot be read."""
    lines = _Lines(text)
    delimiter = "\t" if spec.delimiter in ("\\t", "tab") or (tabs and not spec.delimiter) else spec.delimiter
    if len(delimiter) > 1 or delimiter == '"':
        raise ImportFailed(f"{name}: '{spec.delimiter}' cannot be a delimiter", "It is one character")
    first = _header_line(lines, spec, name)
    if first.lower().startswith("sep=") and len(first.rstrip("\r\n")) == 5:
        delimiter = delimiter or first[4]
        first = lines.one(name)
    delimiter = delimiter or max(DELIMITERS, key=lambda each: _outside(first).count(each))
    columns = spec.columns
    if columns:
        lines.back(first)
    else:
        columns = _header(first, lines, delimiter, name)
    return Table(columns, _Rows(lines, delimiter, len(columns), tabs=delimiter == "\t").read())


class _Lines:
    """The lines of a text with their numbers; a line that cannot be read gives what is wrong with it."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._stream = text.stream
        self._again: list[tuple[int, str | BadRow]] = []
        self.number = 0

    def next(self) -> str | BadRow | None:
        """The next line with its end; None where there is none."""
        if self._again:
            self.number, line = self._again.pop()
            return line
        raw = self._stream.readline(LARGEST_ROW)
        if not raw:
            return None
        self.number += 1
        if len(raw) == LARGEST_ROW and raw[-1] != 10:
            while (rest := self._stream.readline(LARGEST_ROW)) and rest[-1] != 10:
                pass
            return BadRow(Reason.TOO_LARGE, f"the row is longer than {LARGEST_ROW} bytes")
        try:
            return self._text.check(raw)
        except UnicodeDecodeError as error:
            words = f"byte {error.start} of the row is not {self._text.encoding}; is the file of mixed encodings?"
            return BadRow(
                Reason.BAD_CHARACTER, words, value=raw[max(0, error.start - 20) : error.start + 20].decode("latin-1")
            )
        except UnicodeError as error:
            return BadRow(Reason.BAD_CHARACTER, f"the row {error}", value=raw[:60].decode("utf-8", "replace"))

    def one(self, name: str) -> str:
        """The next line; raises ImportFailed where it cannot be read or is not there."""
        line = self.next()
        if isinstance(line, str):
            return line
        raise ImportFailed(
            f"{name} {'is empty' if line is None else f'cannot be read: {line.message}'}", "Export it again"
        )

    def back(self, line: str | BadRow, number: int = 0) -> None:
        """Give this line once more."""
        self._again.append((number or self.number, line))


class _Rows:
    """Rows out of lines."""

    def __init__(self, lines: _Lines, delimiter: str, width: int, tabs: bool) -> None:
        self._lines = lines
        self._width = width
        # Tab-separated files mostly quote nothing, and then a quote is a quote.
        self._format = {"delimiter": delimiter, "strict": True}
        self._quotes = not tabs
        self._slot = ""
        self._reader = csv.reader(self._feed(), **self._format)  # type: ignore[arg-type]

    def _feed(self) -> Iterator[str]:
        while True:
            yield self._slot

    def read(self) -> Iterator[Row]:
        """All rows, blank lines left out."""
        lines, width = self._lines, self._width
        while (line := lines.next()) is not None:
            number = lines.number
            if isinstance(line, BadRow):
                yield number, line
                continue
            if line.count('"') % 2:
                yield number, self._joined(line, number)
                continue
            self._slot = line
            try:
                cells = next(self._reader)
            except csv.Error as error:
                self._reader = csv.reader(self._feed(), **self._format)  # type: ignore[arg-type]
                yield number, _broken(str(error), line)
                continue
            if len(cells) == width:
                yield number, cells
            elif cells and not line.isspace():
                yield number, self._fitted(cells, line)

    def _joined(self, line: str, number: int) -> list[str] | BadRow:
        """A row whose first line has an odd number of quotes: alone if it fits, else with the lines that close it."""
        alone = self._alone(line)
        if alone is not None:
            return alone
        taken: list[tuple[int, str]] = []
        whole, quotes = line, line.count('"')
        while quotes % 2 and len(taken) < MOST_LINES and len(whole) < LARGEST_ROW:
            more = self._lines.next()
            if more is None:
                break
            if isinstance(more, BadRow):
                self._lines.back(more)
                break
            taken.append((self._lines.number, more))
            whole += more
            quotes += more.count('"')
        together = self._alone(whole) if not quotes % 2 else None
        if together is not None:
            return together
        for at, each in reversed(taken):
            self._lines.back(each, at)
        self._lines.number = number
        return _broken("a quote is opened and not closed", line)

    def _alone(self, text: str) -> list[str] | None:
        try:
            rows = list(csv.reader([text], **self._format))  # type: ignore[arg-type]
        except csv.Error:
            return None
        return rows[0] if len(rows) == 1 and len(rows[0]) == self._width else None

    def _fitted(self, cells: list[str], line: str) -> list[str] | BadRow:
        more = cells[self._width :]
        if more and not any(cell.strip() for cell in more):
            return cells[: self._width]
        words = f"has {len(cells)} cells where the header has {self._width}"
        if not line.endswith("\n"):
            words += "; the file ends within it: is it still being written?"
        return BadRow(Reason.MALFORMED, words, value=line)


def _broken(words: str, line: str) -> BadRow:
    if "field limit" in words:
        return BadRow(Reason.TOO_LARGE, f"a cell is longer than {csv.field_size_limit()} letters", value=line)
    return BadRow(Reason.MALFORMED, f"broken quotes: {words}", value=shown(line))


def _header_line(lines: _Lines, spec: FileSpec, name: str) -> str:
    for _ in range(spec.header - 1):
        lines.one(name)
    line = lines.one(name)
    while line.isspace():
        line = lines.one(name)
    return line


def _outside(line: str) -> str:
    """The line without what stands in quotes."""
    return "".join(line.split('"')[::2])


def _header(line: str, lines: _Lines, delimiter: str, name: str) -> list[str]:
    number = lines.number
    while line.count('"') % 2 and lines.number - number < MOST_LINES:
        line += lines.one(name)
    try:
        rows = list(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ImportFailed(f"{name}: the header cannot be read ({error})", "Mend its quotes") from None
    columns = clean_header(rows[0])
    if not any(columns):
        raise ImportFailed(f"{name} has no header", "State [file] header or columns in the map")
    return columns
