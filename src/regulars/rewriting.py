"""The frames of the log as an erasure leaves them: items of hers gone, her values masked in the items of others."""

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

import msgspec

from regulars.catalogue.words import NAMES as CATALOGUE_NAMES
from regulars.collection.marked import Found, message_key, read_frame
from regulars.collection.rewritten import GONE, items_of, rewritten
from regulars.identity.extract import Extracted
from regulars.identity.masking import Masker
from regulars.model.event import Event
from regulars.model.frame import Frame, Mark
from regulars.model.identifier import Identifier
from regulars.model.parts import Erasure
from regulars.model.rejection import Refused
from regulars.model.secret import Secret
from regulars.model.source import Source, Trust
from regulars.storage import log
from regulars.storage.database import Connection
from regulars.storage.erasing import Message
from regulars.storage.queries import known_messages
from regulars.storage.sources import Sources

Filed = Callable[[Event], tuple[Extracted, bytes | None, bool]]
"""An event's identifiers, its bundle, and whether it speaks of the shop's own catalogue; raises Refused."""


class _Item(msgspec.Struct):
    """One item on its way: as it was, and as it is to be; `raw` None is gone."""

    index: int
    event: Event | None
    mark: Mark | None
    bundle: bytes | None
    raw: bytes | None


class Rewriter:
    """Goes through the log once; gathers whose bundles it touched, and which messages it masked, by keyed name.

    `catalogue` tells whether any of these speaks of the shop's own things.

    `repeated` says that the log was rewritten already, for another schema: then what is masked in it counts as touched.
    """

    def __init__(
        self,
        connection: Connection,
        secret: Secret,
        sources: Sources,
        masker: Masker,
        erasure: Erasure,
        filed: Filed,
        repeated: bool,
    ) -> None:
        self._connection = connection
        self._secret = secret
        self._sources = sources
        self._masker = masker
        self._erasure = erasure
        self._erased = frozenset(erasure.identifiers.values())
        self._filed = filed
        self._repeated = repeated
        self.touched: set[bytes] = set()
        self.masked: dict[bytes, Message] = {}
        self.catalogue = False

    def row(self, row: log.Row, received: Container[int]) -> list[Frame] | None:
        """The frames of a row as they are to be; None where none changes.

        Of the frames that were not `received` at a time of hers, those are looked into that hold a value of hers.
        """
        frames = [self._frame(each, f"{row.seq}:{n}", received) for n, each in enumerate(row.frames)]
        return None if frames == row.frames else frames

    def _frame(self, frame: Frame, place: str, received: Container[int]) -> Frame:
        if frame.call == "control":
            return self._control(frame)
        repeated = self._repeated and bool(frame.marks)
        if frame.received not in received and not repeated and not self._masker.finds(frame.body):
            return frame
        source = self._sources.of(frame.source, Trust(frame.trust))
        bodies = items_of(frame)
        items = [self._item(each, bodies, source) for each in read_frame(frame, source, self._secret, place)]
        for each in items:
            if repeated and each.mark is not None and each.event is not None:
                self._touch(each)
        gone = [self._gone(each) for each in items if each.raw is None]
        changed = self._written(frame, bodies, items, gone, source)
        marks = gone + self._marks(frame, changed, items, source, place)
        if marks == list(frame.marks) and changed.body == frame.body:
            return frame
        vanished = {mark.index for mark in marks if mark.gone}
        for each in items:
            if each.index in vanished:
                each.raw = None
        known = self._known(marks)
        kept = [mark if known.get(mark.key) == mark.content else _nameless(mark) for mark in marks]
        return self._written(frame, bodies, items, kept, source)

    def _control(self, frame: Frame) -> Frame:
        control = msgspec.json.decode(frame.body)
        if control.get("control") == "erase" or not (self._names(control) or self._masker.finds(frame.body)):
            return frame
        return msgspec.structs.replace(frame, body=b'{"control":"erased"}')

    def _names(self, value: Any) -> bool:
        """Whether an identifier of hers is written out in a control record."""
        if isinstance(value, list):
            return any(self._names(each) for each in value)
        if not isinstance(value, dict):
            return False
        if {"type", "space", "value"} <= value.keys():
            return Identifier(value["type"], value["space"], value["value"]) in self._erased
        return any(self._names(each) for each in value.values())

    def _item(self, found: Found, bodies: list[bytes], source: Source) -> _Item:
        index, what, mark = found
        raw = bodies[index]
        if what is None:
            return _Item(index, None, mark, None, None)
        try:
            if not isinstance(what, Event):
                raise Refused(what.reason, what.where, what.message)
            extracted, bundle, lasting = self._filed(what)
        except Refused:
            # What cannot be read is nobody's fact; where it holds anything of hers it goes as a whole.
            hers = self._masker.finds(raw) or self._masker.masked(raw, source.group) != raw
            return _Item(index, None, mark, None, None if hers else raw)
        if bundle in self._erasure.hers and not lasting:
            return _Item(index, what, mark, bundle, None)
        own = [seen.identifier for seen in extracted.seen if not seen.blocked]
        return _Item(index, what, mark, bundle, self._masker.masked(raw, source.group, own))

    def _written(
        self, frame: Frame, bodies: list[bytes], items: list[_Item], marks: Sequence[Mark], source: Source
    ) -> Frame:
        written = [*bodies]
        for each in items:
            written[each.index] = GONE if each.raw is None else each.raw
        return rewritten(frame, written, marks, lambda rest: self._masker.masked(rest, source.group))

    def _marks(self, frame: Frame, changed: Frame, items: list[_Item], source: Source, place: str) -> list[Mark]:
        """The marks of what is left of the items: of those that were masked, and of those that cannot be read so."""
        if changed.body == frame.body:
            return [each.mark for each in items if each.raw is not None and each.mark is not None]
        marks: list[Mark] = []
        now = {index: what for index, what, _ in read_frame(changed, source, self._secret, place)}
        for each in items:
            what = now.get(each.index)
            if each.raw is None or each.event is None:
                continue
            if isinstance(what, Event) and what.content == each.event.content and each.mark is None:
                continue
            self._touch(each)
            marks.append(Mark(each.index, self._key(each), each.event.content, not self._readable(what)))
        return marks

    def _readable(self, what: object) -> bool:
        try:
            return isinstance(what, Event) and bool(self._filed(what))
        except Refused:
            return False

    def _touch(self, item: _Item) -> None:
        assert item.event is not None
        if item.bundle is not None and item.bundle not in self._erasure.hers:
            self.touched.add(item.bundle)
        event = item.event
        self.catalogue = self.catalogue or event.name in CATALOGUE_NAMES
        self.masked[self._key(item)] = (event.source.name, int(event.source.trust), event.message_id)

    def _key(self, item: _Item) -> bytes:
        if item.mark is not None:
            return item.mark.key
        assert item.event is not None
        source = item.event.source
        return message_key(self._secret, source.name, source.trust, item.event.message_id)

    def _gone(self, item: _Item) -> Mark:
        if item.event is None:
            return item.mark or Mark(item.index, b"", b"", True)
        return Mark(item.index, self._key(item), item.event.content, True)

    def _known(self, marks: Iterable[Mark]) -> dict[bytes, bytes]:
        return known_messages(self._connection, [mark.key for mark in marks if mark.key])


def _nameless(mark: Mark) -> Mark:
    """A mark that nothing is known again by: what it stands for was never accepted."""
    return Mark(mark.index, b"", b"", mark.gone) if mark.gone else mark
