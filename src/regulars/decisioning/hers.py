"""All ids that a customer has had: what is filed under an id before a merge is still hers."""

from collections.abc import Iterable, Sequence

from regulars.decisioning import queries
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret
from regulars.storage.binary import byteas
from regulars.storage.database import Connection


def ids_from(customer: bytes, identifiers: Iterable[Identifier], secret: Secret) -> tuple[bytes, ...]:
    """Her id and every id that she would have by another of her identifiers: an id is a keyed hash of the anchor."""
    others = {secret.mac("customer", each.type, each.space, each.value) for each in identifiers}
    return tuple(sorted({customer, *others}))


def ids_of(connection: Connection, customers: Sequence[bytes], secret: Secret) -> dict[bytes, tuple[bytes, ...]]:
    """All ids of each of these current customers, the present one among them."""
    rows = connection.cursor(binary=True).execute(queries.HELD_BY, (byteas(customers),)).fetchall()
    held: dict[bytes, list[Identifier]] = {each: [] for each in customers}
    for customer, type_, space, value in rows:
        held[customer].append(Identifier(type_, space, value))
    return {customer: ids_from(customer, hers, secret) for customer, hers in held.items()}
