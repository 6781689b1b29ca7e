"""What a merge, a split or an undo says: words about pairs of identifiers, which stay in the log as evidence."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from regulars.identity import queries
from regulars.identity.apart import named
from regulars.identity.blocked import Policy
from regulars.identity.bundle import identifier_key
from regulars.identity.explain import Explanation
from regulars.identity.links import LinkWord
from regulars.identity.lookup import AsyncConnection, BadLookup, Found, Wanted, current_id, look_up
from regulars.identity.rules import Rules
from regulars.model.frame import Frame
from regulars.model.identifier import Identifier, Tier
from regulars.model.secret import Secret
from regulars.model.source import Trust

MUST, CANNOT, NONE = "must", "cannot", "none"
SOURCE = "hand"
"""The source of the log's frames that hold such words."""

Pair = tuple[Identifier, Identifier]


class End(msgspec.Struct, frozen=True):
    """One of the two that a word is about: an identifier, or a customer (`whole`) by the anchor of the id given."""

    key: bytes
    identifier: Identifier
    tier: Tier
    customer: bytes | None
    whole: bool

    @property
    def strong(self) -> bool:
        """Whether the identifier's tier is unique or strong."""
        return self.tier <= Tier.STRONG


class Words(msgspec.Struct, frozen=True):
    """One word (`must`, `cannot`, `none`) about each of these pairs, by whom; `time` in microseconds."""

    word: str
    pairs: tuple[Pair, ...]
    by: str
    time: int

    def frames(self) -> list[Frame]:
        """The control records that say it, for the log."""
        trust = int(Trust.SERVER)
        return [
            Frame(SOURCE, trust, self.time, "control", msgspec.json.encode(self._control(*pair))) for pair in self.pairs
        ]

    def links(self) -> list[LinkWord]:
        """The same words as the pipeline reads them."""
        return [
            LinkWord(a, b, self.word, queries.HAND, int(Trust.SERVER), self.time, f"preview:{n}")
            for n, (a, b) in enumerate(self.pairs)
        ]

    def _control(self, a: Identifier, b: Identifier) -> dict[str, object]:
        return {"control": "link", "word": self.word, "a": a, "b": b, "by": self.by}


async def end_of(connection: AsyncConnection, asked: Wanted, policy: Policy, rules: Rules, secret: Secret) -> End:
    """The one that is meant by an id or an identifier. Raises BadLookup where it is nobody, or more than one."""
    if asked.id:
        identifier, customer = await _anchor(connection, asked.id, secret)
    else:
        if rules.rule_of(asked.type).tier is Tier.EVENT:
            raise BadLookup(f"{asked.type} never tells who somebody is; name the customer it belongs to")
        found = await look_up(connection, asked, policy, secret)
        identifier, customer = _only(asked, found)
    key, tier = identifier_key(identifier, secret), rules.rule_of(identifier.type).tier
    return End(key, identifier, tier, customer, bool(asked.id))


async def merged(connection: AsyncConnection, a: End, b: End, rules: Rules) -> list[Pair]:
    """What says that two are one person: a must-link between them.

    It is said of the persons: where a weak identifier has an owner with a strong one, of the owner's anchor. Where
    together they hold more of a type than one person may, those are said to be hers too, else they would fall out.
    Raises BadLookup where any other two of theirs were said to be two people's.
    """
    one, two = await _speaking(connection, a), await _speaking(connection, b)
    if one == two:
        raise BadLookup("they are one person already, and hang on one identifier")
    pairs = {_sorted(one, two)}
    if a.customer != b.customer:
        await _unopposed(connection, a, b, _sorted(one, two))
        held = [(end, await _strong_of(connection, side, rules)) for end, side in ((one, a), (two, b))]
        counts = Counter((each.type, each.space) for _, side in held for each in side)
        for end, side in held:
            for each in side:
                limit = rules.rule_of(each.type).limit
                if each != end and limit is not None and counts[each.type, each.space] > limit:
                    pairs.add(_sorted(each, end))
    return sorted(pairs)


async def split(connection: AsyncConnection, a: End, b: End, rules: Rules) -> list[Pair]:
    """What says that two are two people: cannot-links.

    Between two identifiers it is one, and all else goes with whom it has the better evidence. From a customer an
    identifier leaves alone: cannot-links to every other strong identifier of hers. Of two weak ones the first leaves.
    """
    if a.key == b.key and not (a.whole or b.whole):
        raise BadLookup("that is one identifier: name two")
    if a.whole == b.whole and (a.whole or a.strong or b.strong or a.customer != b.customer):
        return [_sorted(a.identifier, b.identifier)]
    leaving, left = (b, a) if a.whole and not b.whole else (a, b)
    if left.customer is None:
        raise BadLookup("the other belongs to nobody, so there is nothing to leave")
    rows = await _rows(connection, queries.HELD, (left.customer,))
    others = [Identifier(*row[1:]) for row in rows if row[0] != leaving.key]
    strong = [each for each in others if rules.rule_of(each.type).tier <= Tier.STRONG]
    if not others:
        raise BadLookup("she is known by nothing else, so there is nothing to leave")
    pairs = [_sorted(leaving.identifier, each) for each in strong or others]
    if not left.whole and left.identifier not in strong:
        pairs.append(_sorted(leaving.identifier, left.identifier))
    return sorted(set(pairs))


async def undone(connection: AsyncConnection, a: End, b: End, why: Explanation) -> list[Pair]:
    """The pairs of which a word by hand is to be taken back, so that evidence alone decides about these two again.

    That is the word about this very pair; else the must-links on the path that joins them; else all cannot-links
    between the two persons; and with each all that was said in one breath with it. Raises BadLookup where nobody said
    anything.
    """
    said = await _said(connection, [a.key], [b.key])
    if not said and why.joined:
        said = [row for hop in why.path if hop.link for row in await _said(connection, [hop.a], [hop.b])]
    elif not said:
        said = await _said(connection, await _all_of(connection, a), await _all_of(connection, b))
    if not said:
        raise BadLookup("nothing was said by hand about these two")
    times = sorted({row[5] for row in said})
    rows = await _rows(connection, queries.SAID_TOGETHER, (queries.HAND, NONE, times))
    return await _named(connection, [(row[0], row[1]) for row in (*said, *rows)])


async def later(connection: AsyncConnection, pairs: Iterable[Pair], secret: Secret, now: int) -> int:
    """A time for new words, in microseconds: now, or after any word about these pairs should a clock have gone back."""
    keys = sorted({identifier_key(each, secret) for pair in pairs for each in pair})
    rows = await _rows(connection, queries.SAID, (keys, keys, keys, keys))
    return max([now, *(int(row[5]) + 1 for row in rows)])


def _only(asked: Wanted, found: Found) -> tuple[Identifier, bytes | None]:
    name = f"{asked.type}:{asked.rest}"
    if not found.holdings:
        raise BadLookup(f"nobody is known by {name}{': ' if found.note else ''}{found.note}")
    if len(found.holdings) > 1:
        spaces = ", ".join(each.identifier.space for each in found.holdings)
        raise BadLookup(f"{name} is known in several spaces ({spaces}): write TYPE:SPACE:VALUE")
    return found.holdings[0].identifier, found.holdings[0].customer


async def _anchor(connection: AsyncConnection, id: bytes, secret: Secret) -> tuple[Identifier, bytes | None]:
    """The identifier a customer id hangs on, and who holds it now; of an id whose anchor is nobody's, of her who is
    meant by it now.
    """
    row = next(iter(await _rows(connection, queries.ANCHOR, (id,))), None)
    if row is None or row[3] is None:
        now = await current_id(connection, id, secret)
        rows = [] if now is None or now == id else await _rows(connection, queries.ANCHOR, (now,))
        row = rows[0] if rows else row
    if row is None:
        raise BadLookup(f"{id.hex()} is no customer: an identifier that is shared, or nobody at all")
    return Identifier(*row[:3]), row[3]


async def _speaking(connection: AsyncConnection, end: End) -> Identifier:
    if end.strong or end.customer is None:
        return end.identifier
    rows = await _rows(connection, queries.ANCHOR, (end.customer,))
    return Identifier(*rows[0][:3]) if rows else end.identifier


async def _all_of(connection: AsyncConnection, end: End) -> list[bytes]:
    if end.customer is None:
        return [end.key]
    return [row[0] for row in await _rows(connection, queries.HELD, (end.customer,))]


async def _strong_of(connection: AsyncConnection, end: End, rules: Rules) -> list[Identifier]:
    rows = [] if end.customer is None else await _rows(connection, queries.HELD, (end.customer,))
    return [Identifier(*row[1:]) for row in rows if rules.rule_of(row[1]).tier <= Tier.STRONG]


async def _unopposed(connection: AsyncConnection, a: End, b: End, pair: Pair) -> None:
    said = await _said(connection, await _all_of(connection, a), await _all_of(connection, b))
    for one, two in await _named(connection, [row[:2] for row in said if row[3] == CANNOT]):
        if (one, two) != pair:
            raise BadLookup(
                f"it would not make them one person: by hand, {named(one)} and {named(two)} were said to be two "
                "people; take that back first, with `regulars customers undo`"
            )


async def _named(connection: AsyncConnection, keys: Iterable[tuple[bytes, bytes]]) -> list[Pair]:
    wanted = sorted(set(keys))
    known = await _rows(connection, queries.NODES, ([key for pair in wanted for key in pair],))
    by_key = {row[0]: Identifier(*row[1:4]) for row in known}
    return sorted(_sorted(by_key[one], by_key[two]) for one, two in wanted if one in by_key and two in by_key)


async def _said(connection: AsyncConnection, ones: list[bytes], twos: list[bytes]) -> list[tuple[Any, ...]]:
    """The words that stand by hand between these."""
    rows = await _rows(connection, queries.SAID, (ones, twos, ones, twos))
    return [row for row in rows if row[2] == queries.HAND and row[3] != NONE]


async def _rows(connection: AsyncConnection, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
    cursor = await connection.cursor(binary=True).execute(query, values)
    return await cursor.fetchall()


def _sorted(a: Identifier, b: Identifier) -> Pair:
    return (a, b) if a <= b else (b, a)
