"""A first map for a file: the shipped one that fits, else one made of the columns' names and of samples."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from regulars.collection.files.fields import text_of
from regulars.collection.files.inputs import Input
from regulars.collection.files.kinds import KINDS
from regulars.collection.files.mapfile import Field, FileSpec, Map, columns_of, load_map, shipped, shipped_text, spec
from regulars.collection.files.opening import table_of
from regulars.collection.files.problem import BadCell, BadRow, shown
from regulars.collection.files.words import ALSO, COMMON, KEYS, MEANINGS

SAMPLED = 200
"""Rows looked at."""

DATES = (
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y",
    "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%m/%d/%y", "%d/%m/%y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d", "%Y%m%d", "%d %b %Y", "%b %d, %Y", "%Y-%m-%d %H:%M:%S %z", "%m/%d/%Y %I:%M %p",
)  # fmt: skip
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")
_NUMBER = re.compile(r"[^\d]{0,4}\d[\d.,' \u00a0\u202f]*[^\d]{0,4}")
_COMMA = re.compile(r",\d{1,2}\b(?!\d)(?:\D*)$")
_POINT = re.compile(r"\.\d{1,2}\b(?!\d)(?:\D*)$")


class Guess(msgspec.Struct):
    """A map as text, what is doubtful about it, and the shipped map that it is ('' for none)."""

    text: str
    doubts: list[str]
    shipped: str = ""


class Seen(msgspec.Struct):
    """A column and what was seen in it: distinct values that are not empty, as text."""

    name: str
    values: list[str]


def guess(source: Input) -> Guess:
    """A first map for a file; raises ImportFailed where it cannot be read."""
    with table_of(source, FileSpec(format=source.format)) as table:  # type: ignore[arg-type]
        found = [cells for (_, cells), _ in zip(table.rows, range(SAMPLED), strict=False)]
        rows = [cells for cells in found if not isinstance(cells, BadRow)]
        torn = [cells for cells in found if isinstance(cells, BadRow)]
        columns = [Seen(name, _samples(rows, at)) for at, name in enumerate(table.columns) if name]
    known = fitting([each.name for each in columns])
    doubts = [f"rows: {len(torn)} of the first {len(found)} cannot be read: {torn[0].message}"] if torn else []
    return _known(known, columns, doubts) if known else _made(source, columns, doubts)


def fitting(columns: Sequence[str]) -> str:
    """The shipped map that these columns fit best, '' where none fits wholly."""
    best, most = "", 2
    for name in shipped():
        map = load_map(name)
        wanted = wanted_columns(map)
        if any(each in columns for each in map.file.without):
            continue
        if all(any(each in columns for each in group) for group, optional in wanted if not optional):
            score = sum(any(each in columns for each in group) for group, _ in wanted)
            if score > most:
                best, most = name, score
    return best


def wanted_columns(map: Map) -> list[tuple[list[str], bool]]:
    """The columns a map reads: alternatives, and whether the file may lack them."""
    sections: list[Any] = [map.fields, map.line, map.ids, map.traits, map.properties]
    fields: list[Field] = [spec(each) for section in sections for each in section.values()]
    for consent in map.consents:
        fields += [spec(each) for each in (consent.address, consent.time, consent.proof) if each]
        fields += [Field(column=consent.column, optional=consent.optional)] if consent.column else []
    found = [(group, field.optional) for field in fields for group in columns_of(field)]
    found += [([each], False) for each in [*map.rows.key, *map.rows.only, *map.rows.leave_out, *map.rows.refund]]
    return found + [([each], False) for columns in map.sums.values() for each in columns]


def _samples(rows: list[list[Any]], at: int) -> list[str]:
    found: dict[str, None] = {}
    for cells in rows:
        try:
            text = text_of(cells[at]).strip()
        except BadCell:
            continue
        if text:
            found[text] = None
    return list(found)


def _known(name: str, columns: list[Seen], doubts: list[str]) -> Guess:
    text = shipped_text(name)
    doubts = [*doubts, f"this is the shipped map {name}: it may be used by that name"]
    if 'time_zone = ""' in text:
        doubts.append("time_zone: of which zone are times without an offset?")
    if 'currency = ""' in text:
        doubts.append("currency: in which currency are the amounts?")
    if 'wording = ""' in text:
        doubts.append("wording: what did your customers agree to? Without it no consent is taken")
    map = load_map(name)
    if map.kind == "customers" and "time" not in map.fields:
        doubts.append("as_of: of which day is the export? Its rows carry no time")
    unread = sorted(
        {each.name for each in columns} - {one for group, _ in wanted_columns(load_map(name)) for one in group}
    )
    if unread:
        doubts.append(f"not read: {', '.join(unread)[:500]}")
    return Guess("".join(f"# DOUBT: {each}\n" for each in doubts) + "\n" + text, doubts, name)


def kind_of(columns: Sequence[Seen]) -> str:
    """The kind of file that the most telling columns speak for."""
    meant = {_meaning(each.name) for each in columns}
    scores = {kind: sum(weight for field, weight in keys.items() if field in meant) for kind, keys in KEYS.items()}
    lacking = {kind: sum(not meant & set(names) for names in KINDS[kind].needed) for kind in KEYS}
    return max(scores, key=lambda kind: (scores[kind], -lacking[kind], -list(KEYS).index(kind)))


def _meaning(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()).strip()
    return MEANINGS.get(plain, "")


def _made(source: Input, columns: list[Seen], doubts: list[str]) -> Guess:
    kind = kind_of(columns)
    doubts.append(f"kind: '{kind}' is guessed from the names of columns; it may be {', '.join(KINDS)}")
    sections: dict[str, list[str]] = {name: [] for name in ("fields", "line", "ids", "traits", "properties")}
    used: dict[str, str] = {}
    dated: list[Seen] = []
    numbers: list[Seen] = []
    for each in columns:
        meaning = _meaning(each.name)
        section, name, type = _place(kind, meaning, each)
        doubt = ""
        if meaning == "consent":
            doubts.append(f"consent: '{each.name}' seems to be of consent; write [[consents]] with basis and wording")
        if f"{section}.{name}" in used:
            doubt = f"  # DOUBT: {used[f'{section}.{name}']} was taken for {name} too"
            section, name = "properties", _slug(each.name)
        used[f"{section}.{name}"] = each.name
        if type in ("time", "date"):
            dated.append(each)
        if type in ("amount", "number"):
            numbers.append(each)
        samples = ", ".join(shown(value)[:40] for value in each.values[:3]) or "always empty"
        sections[section].append(f"{_key(name)} = {_quoted(each.name)}  # {samples}{doubt}")
    formats = [*_dates(dated, doubts), *_numbers(numbers, doubts)]
    doubts += _missing(kind, used)
    return Guess(_text(source, kind, formats, sections, doubts), doubts)


def _place(kind: str, meaning: str, column: Seen) -> tuple[str, str, str]:
    """Where a column goes: section, name, and type."""
    known = KINDS[kind]
    if known.lines and meaning in ("amount", "title", "description"):
        meaning = ALSO[kind][meaning]
        return "line", meaning, known.line[meaning]
    meaning = ALSO.get(kind, {}).get(meaning, meaning)
    if meaning in known.fields:
        return "fields", meaning, known.fields[meaning]
    if meaning in known.line:
        return "line", meaning, known.line[meaning]
    if known.person and meaning in ("user_id", "email", "phone", "loyalty_id", "anonymous_id"):
        return "ids", meaning, "id"
    if known.person and meaning in COMMON:
        return "traits", COMMON[meaning], "text"
    return "properties", _slug(column.name), "text"


def _dates(columns: list[Seen], doubts: list[str]) -> list[str]:
    values = [value for each in columns for value in each.values]
    if not values or all(_ISO.fullmatch(value) for value in values):
        naive = [value for value in values if len(value) > 10 and not re.search(r"(?:Z|[+-]\d\d:?\d\d)$", value)]
        if not naive:
            return []
        doubts.append("time_zone: of which zone are times without an offset?")
        return ['time_zone = ""  # DOUBT: such as Europe/Prague']
    fitting = [each for each in DATES if any(_fits(value, each) for value in values)]
    whole = [each for each in fitting if all(_fits(value, each) or _ISO.fullmatch(value) for value in values)]
    doubts.append("time_zone: of which zone are times without an offset?")
    lines = ['time_zone = ""  # DOUBT: such as Europe/Prague']
    if not whole:
        doubts.append(f"date: no format fits all values, such as {shown(values[0])!r}")
        return [f"date = {msgspec.json.encode(fitting[:3]).decode()}  # DOUBT: these fit some values", *lines]
    if len(whole) > 1:
        doubts.append(f"date: {whole[0]} and {whole[1]} fit all values; choose")
        return [f'date = ""  # DOUBT: {" or ".join(whole)}: the values fit each', *lines]
    return [f'date = "{whole[0]}"', *lines]


def _fits(value: str, format: str) -> bool:
    try:
        datetime.strptime(value, format)
    except ValueError:
        return False
    return True


def _numbers(columns: list[Seen], doubts: list[str]) -> list[str]:
    values = [value for each in columns for value in each.values if _NUMBER.fullmatch(value)]
    commas, points = (
        sum(bool(_COMMA.search(each)) for each in values),
        sum(bool(_POINT.search(each)) for each in values),
    )
    lines = []
    if commas and points:
        doubts.append("decimal: some numbers end in a comma and digits, some in a point and digits")
    if commas > points:
        lines.append('decimal = ","')
        lines += ['thousands = "."'] if any("." in each for each in values) else []
    elif any("," in each for each in values):
        lines.append('thousands = ","')
    if columns:
        lines.append('currency = ""  # DOUBT: such as EUR, unless a column says it')
        doubts.append("currency: in which currency are the amounts?")
    return lines


def _missing(kind: str, used: dict[str, str]) -> list[str]:
    return [
        f"fields: nothing was taken for {' or '.join(names)}, which {kind} need"
        for names in KINDS[kind].needed
        if not any(f"fields.{name}" in used for name in names)
    ]


def _text(source: Input, kind: str, formats: list[str], sections: dict[str, list[str]], doubts: list[str]) -> str:
    lines = [f"# A first map for {source.name}, guessed. Look at each line, then try it with --dry-run.", "#"]
    lines += [f"# DOUBT: {each}" for each in doubts]
    lines += ["", f'kind = "{kind}"', f'source = "{_slug(source.path.stem.split(".")[0])}"', ""]
    if formats:
        lines += ["[formats]", *formats, ""]
    for name, each in sections.items():
        if each:
            lines += [f"[{name}]", *each, ""]
    return "\n".join(lines)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60] or "column"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
