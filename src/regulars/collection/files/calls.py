"""From the fields of one row to tracking calls: whom they are about, and a name that is the same each time."""

from decimal import Decimal
from typing import Any

import msgspec

from regulars.collection.files.fields import Cells, Fields, Get
from regulars.collection.files.mapfile import Consent, Field, Map
from regulars.collection.files.problem import BadRow
from regulars.collection.report import Counts
from regulars.model.rejection import Reason
from regulars.model.secret import Secret

IN_TRAITS = frozenset({"email", "phone", "loyalty_id"})
UNSAID = "words of consent given that were not taken"

_encode = msgspec.json.Encoder(decimal_format="number").encode

Call = dict[str, Any]


class Named:
    """Names calls: by what makes a row what it is, else by all that the call says; keyed, as names may be personal."""

    def __init__(self, map: Map, secret: Secret) -> None:
        self._name = map.name[:40]
        self._secret = secret

    def by_key(self, part: str, *key: str) -> str:
        """The name of what is one with every call of this part and key."""
        return f"{self._name}-{part}-{self._secret.mac('import', self._name, part, *_plain(key)).hex()}"

    def by_content(self, part: str, call: Call) -> str:
        """The name of what is one only with calls that say the same."""
        return f"{self._name}-{part}-{self._secret.mac_bytes(f'import {self._name} {part}', encoded(call)).hex()}"


def encoded(call: Call) -> bytes:
    """A call as it is sent."""
    return _encode(call)


def nested(values: dict[str, Any]) -> dict[str, Any]:
    """Values by names with dots as objects in objects: `address.city` stands in `address`."""
    made: dict[str, Any] = {}
    for name, value in values.items():
        *path, last = name.split(".")
        place = made
        for each in path:
            place = place.setdefault(each, {})
        place[last] = value
    return made


class Who:
    """Whom a row is about."""

    def __init__(self, map: Map, fields: Fields) -> None:
        self._ids = fields.all(map.ids, {})
        self._traits = fields.all(map.traits, {})

    def read(self, cells: Cells) -> tuple[Call, dict[str, Any]]:
        """The ids as parts of a call (empty where there are none), and the traits, ids among them included."""
        call: Call = {}
        traits: dict[str, Any] = {}
        others: list[dict[str, str]] = []
        for name, get in self._ids:
            value = get(cells)
            if value is None:
                continue
            if name == "user_id":
                call["userId"] = value
            elif name == "anonymous_id":
                call["anonymousId"] = value
            elif name in IN_TRAITS:
                traits[name] = value
            else:
                others.append({"id": value, "type": name})
        if others or traits:
            call["context"] = {}
        if others:
            call["context"]["externalIds"] = others
        if traits:
            call["context"]["traits"] = traits
        said = {name: value for name, get in self._traits if (value := get(cells)) is not None}
        return call, nested({**said, **traits})


class Consents:
    """The words of consent in a row; one that gives is taken only with basis, wording and time."""

    def __init__(self, map: Map, fields: Fields, named: Named, notes: Counts) -> None:
        self._named = named
        self._notes = notes
        self._made = [made for each in map.consents if (made := _consent(map, each, fields)) is not None]
        notes.name(UNSAID, "state basis, wording and time (or as_of) of the consent in the map to take them")

    def read(self, cells: Cells, who: Call, time: str | None) -> list[Call]:
        """The calls of a row; `time` is for words that carry none (a withdrawal then counts from now). Raises BadRow.

        The time at which a customer came to be is none of these: a word dated before it was said would lose.
        """
        calls = []
        for consent, word, get_address, get_time, get_proof in self._made:
            said = word(cells)
            address = None if said is None else get_address(cells)
            if said is None or address is None:
                continue
            moment = (get_time(cells) if get_time is not None else None) or time
            given = said == "given"
            if given and not (consent.basis and consent.wording and moment):
                self._notes.add(UNSAID)
                continue
            properties = {"purpose": consent.purpose, "channel": consent.channel, "address": address}
            if given:
                properties |= {"basis": consent.basis, "wording": consent.wording}
            proof = get_proof(cells) if get_proof is not None else None
            if proof:
                properties["proof"] = proof
            call = track("Consent Given" if given else "Consent Withdrawn", moment, who, properties)
            call["messageId"] = self._named.by_content("consent", call)
            calls.append(call)
        return calls


def track(event: str, time: str | None, who: Call, properties: dict[str, Any]) -> Call:
    """A call that says what happened; without a time it happened when it was received."""
    call: Call = {"type": "track", "event": event}
    if time:
        call["timestamp"] = time
    return call | who | {"properties": properties}


_Word = tuple[Consent, Get, Get, Get | None, Get | None]


def _consent(map: Map, consent: Consent, fields: Fields) -> _Word | None:
    word = _word(consent, fields)
    address = fields.one("address", consent.address, "text")
    if word is None or address is None:
        return None
    time = None if consent.time is None else fields.one("time", consent.time, "time")
    return consent, word, address, time, fields.one("proof", consent.proof, "text") if consent.proof else None


def _word(consent: Consent, fields: Fields) -> Get | None:
    if not consent.column:
        said = consent.word or None
        return lambda cells: said
    table: dict[str, str | None] = {each.casefold(): None for each in consent.neither}
    table |= {each.casefold(): "given" for each in consent.given}
    table |= {each.casefold(): "withdrawn" for each in consent.withdrawn}
    get = fields.one("column", _optional(consent), "text")
    if get is None:
        return None

    def word(cells: Cells) -> str | None:
        said = get(cells)
        if said is None:
            return None
        if said.casefold() not in table:
            words = "is no word of consent that the map lists as given, withdrawn or neither"
            raise BadRow(Reason.WRONG_TYPE, words, consent.column, said)
        return table[said.casefold()]

    return word


def _optional(consent: Consent) -> Any:
    return Field(column=consent.column, optional=consent.optional)


def _plain(key: tuple[str, ...]) -> list[str]:
    return [each.replace("\0", " ") for each in key]


def scaled(amount: Decimal) -> str:
    """An amount as digits that sort like it."""
    return f"{int(amount * 10_000):018d}"
