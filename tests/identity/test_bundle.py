from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from regulars.identity.bundle import bundle_of, identifier_key
from regulars.identity.extract import Extracted
from regulars.model.event import Event
from regulars.model.identifier import Identifier, Seen
from regulars.model.secret import Secret
from regulars.model.source import Source, Trust

SECRET = Secret(b"0123456789abcdef")
RECEIPT = Identifier("receipt_id", "12/3/2023-11-14", "99")
JUNK = Seen(Identifier("email", "", "null"), "placeholder")
JANA = Seen(Identifier("email", "", "jana@example.cz"))
CARD = Seen(Identifier("loyalty_id", "main", "17"))


def event(trust: Trust = Trust.SERVER, name: str = "shop") -> Event:
    empty: dict[str, Any] = {}
    source = Source(name, trust)
    return Event(source, "m", "track", "x", 0, 0, "client", "", "", "", empty, empty, empty, (), "", False, b"")


def key(*members: Seen, trust: Trust = Trust.SERVER, fallback: Identifier | None = None) -> bytes:
    bundle = bundle_of(event(trust), Extracted(members, fallback), SECRET)
    assert bundle is not None and len(bundle.key) == 16
    return bundle.key


def test_what_points_at_nobody_has_no_bundle() -> None:
    assert bundle_of(event(), Extracted(()), SECRET) is None
    assert bundle_of(event(), Extracted((JUNK,)), SECRET) is None


def test_blocked_members_count_in_the_name() -> None:
    assert key(JANA) != key(JANA, JUNK)
    bundle = bundle_of(event(), Extracted((JANA, JUNK), RECEIPT), SECRET)
    assert bundle is not None and bundle.members == (JANA, JUNK) and bundle.fallback is None
    assert bundle.key == key(JANA, JUNK)


def test_a_nameless_receipt_is_its_own_bundle_whatever_junk_came_with_it() -> None:
    bundle = bundle_of(event(), Extracted((JUNK,), RECEIPT), SECRET)
    assert bundle is not None and bundle.members == () and bundle.fallback == RECEIPT
    assert bundle == bundle_of(event(), Extracted((), RECEIPT), SECRET)
    assert bundle.key != key(Seen(RECEIPT))


def test_the_name_depends_on_trust_and_secret_but_not_on_the_source() -> None:
    assert key(JANA) != key(JANA, trust=Trust.CLIENT)
    assert key(fallback=RECEIPT) != key(fallback=RECEIPT, trust=Trust.CLIENT)
    bundle = bundle_of(event(name="till"), Extracted((JANA,)), SECRET)
    other = bundle_of(event(), Extracted((JANA,)), Secret(b"another secret 16"))
    assert bundle is not None and other is not None
    assert bundle.key == key(JANA) != other.key


def test_an_identifier_has_a_key_of_its_own() -> None:
    assert len(identifier_key(JANA.identifier, SECRET)) == 16
    assert identifier_key(JANA.identifier, SECRET) != identifier_key(CARD.identifier, SECRET)
    assert identifier_key(JANA.identifier, SECRET) != key(JANA)


_TEXT = st.text(alphabet="ab/", max_size=2)
_MEMBERS = st.frozensets(st.builds(Identifier, _TEXT, _TEXT, _TEXT), min_size=1, max_size=3)


@given(_MEMBERS, _MEMBERS)
def test_two_bundles_have_one_name_only_if_they_are_the_same_set(
    one: frozenset[Identifier], two: frozenset[Identifier]
) -> None:
    keys = [key(*(Seen(identifier) for identifier in sorted(members))) for members in (one, two)]
    assert (keys[0] == keys[1]) == (one == two)
