"""Identity's part in an erasure: what is hers, what goes, and the keyed ghosts that stay."""

from collections.abc import Iterable, Sequence

import msgspec

from regulars.identity import queries
from regulars.identity.rules import Rules
from regulars.model.identifier import Identifier, Tier
from regulars.model.parts import Erasure
from regulars.storage.database import Connection


class Ghost(msgspec.Struct, frozen=True, order=True, array_like=True):
    """A strong identifier (`neighbour`, of `type` and `space`) that stood beside another and was erased; keyed, hex."""

    identifier: str
    neighbour: str
    server: bool
    type: str
    space: str


def find(connection: Connection, seq: int, customer: bytes, keys: Sequence[bytes]) -> Erasure:
    """What is a customer's at this moment; `keys` are the identifiers she had when her erasure was asked for.

    They count where nobody has her id any more. Bundles that belong to nobody are not looked for here.
    """
    cursor = connection.cursor(binary=True)
    rows = cursor.execute(queries.TO_ERASE, (customer, list(keys), customer)).fetchall()
    identifiers = {key: Identifier(type_, space, value) for key, type_, space, value in rows}
    erased = list(identifiers)
    hers = frozenset(row[0] for row in cursor.execute(queries.BUNDLES_TO_ERASE, (customer, erased)))
    touched = frozenset(row[0] for row in cursor.execute(queries.BUNDLES_WITH, (erased,))) - hers
    beside = frozenset(row[0] for row in cursor.execute(queries.MEMBERS_OF, ([*hers, *touched],))) - identifiers.keys()
    ids = {row[0] for row in cursor.execute(queries.IDS_OF, (erased,))} | {customer}
    return Erasure(seq, tuple(sorted(ids)), identifiers, hers, touched, beside)


def ghosts_of(connection: Connection, erasure: Erasure, rules: Rules) -> list[Ghost]:
    """The keyed fan-out that is lost with the erased bundles and with the erased values in those of others."""
    cursor = connection.cursor(binary=True)
    cursor.execute(queries.BESIDE_IN, (erasure.bundles, sorted(erasure.beside)))
    return sorted(
        {
            Ghost(key.hex(), other.hex(), trust == 1, type_, space)
            for bundle, trust, key, other, type_, space in cursor
            if rules.rule_of(type_).tier <= Tier.STRONG and (bundle in erasure.hers or other in erasure.identifiers)
        }
    )


def put_ghosts(connection: Connection, ghosts: Iterable[Ghost]) -> None:
    """Let these count in fan-outs from now on."""
    rows = [
        (bytes.fromhex(each.identifier), bytes.fromhex(each.neighbour), each.server, each.type, each.space)
        for each in ghosts
    ]
    connection.cursor().executemany(queries.PUT_GHOST, rows)


def note_erased(connection: Connection, seq: int, customers: Iterable[bytes], keys: Iterable[bytes]) -> None:
    """Remember, by keyed names, whose ids are gone and which identifiers were erased."""
    cursor = connection.cursor()
    cursor.executemany(queries.NOTE_ERASED_CUSTOMER, [(id, seq) for id in sorted(customers)])
    cursor.executemany(queries.NOTE_ERASED_IDENTIFIER, [(key,) for key in sorted(keys)])
    cursor.execute(queries.FORGET_ISSUED, (sorted(customers),))


def erase_identity(connection: Connection, erasure: Erasure) -> dict[str, int]:
    """Remove her identifiers, links and bundles, and the touched bundles of others; a part of `app.ERASE`."""
    cursor = connection.cursor()
    bundles, keys = erasure.bundles, sorted(erasure.identifiers)
    counts = {}
    for table, query in queries.DELETE_BY_BUNDLE.items():
        counts[table] = cursor.execute(query, (bundles,)).rowcount
    counts["links"] = cursor.execute(queries.DELETE_LINKS, (keys, keys)).rowcount
    counts["identifiers"] = cursor.execute(queries.DELETE_IDENTIFIERS, (keys,)).rowcount
    return counts


def settle_beside(connection: Connection, keys: Iterable[bytes]) -> set[bytes]:
    """Bring what stood beside the erased in line with the evidence that is left; returns the identifiers that stay."""
    wanted = sorted(keys)
    cursor = connection.cursor(binary=True)
    cursor.execute(queries.DELETE_UNSEEN, (wanted,))
    cursor.execute(queries.WITNESS_AGAIN, (wanted,))
    return known_of(connection, wanted)


def known_of(connection: Connection, keys: Iterable[bytes]) -> set[bytes]:
    """Those of these identifiers that anybody has seen."""
    return {row[0] for row in connection.cursor(binary=True).execute(queries.KNOWN_OF, (sorted(keys),))}


def find_members(connection: Connection, bundles: Sequence[bytes]) -> set[bytes]:
    """The keyed names of all identifiers in these bundles."""
    return {row[0] for row in connection.cursor(binary=True).execute(queries.MEMBERS_OF, (list(bundles),))}
