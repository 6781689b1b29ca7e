"""A thing's registers come out the same in whatever order its words come."""

from functools import reduce
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.catalogue.registers import MOST_FIELDS, Registers, decode, encode, merged, registers_of, values
from regulars.model.catalogue import Rank

ranks = st.builds(Rank, st.integers(0, 2), st.integers(0, 3), st.sampled_from("abc"), st.sampled_from("xy"))
words = st.dictionaries(st.sampled_from(["name", "brand", "size", "url"]), st.none() | st.text(max_size=3))
spoken = st.builds(registers_of, words, ranks)


@given(spoken, spoken, spoken)
def test_merging_is_associative_and_commutative(a: Registers, b: Registers, c: Registers) -> None:
    assert merged(merged(a, b), c) == merged(a, merged(b, c))
    assert merged(a, b) == merged(b, a)
    assert merged(a, {}) == a == merged(a, a)


@given(spoken, spoken)
def test_what_is_written_is_read(a: Registers, b: Registers) -> None:
    assert decode(encode(merged(a, b))) == merged(a, b)
    assert encode(merged(a, b)) == encode(merged(b, a))


def test_precedence_beats_time_and_nothing_is_forgotten_by_silence() -> None:
    said: list[tuple[dict[str, Any], Rank]] = [
        ({"name": "Scarf", "brand": "Linden"}, Rank(5, 10, "m1", "shop")),
        ({"name": "SCARF 2026", "size": "L"}, Rank(0, 99, "m2", "feed")),
        ({"brand": None}, Rank(5, 11, "m3", "shop")),
    ]
    for order in permutations(registers_of(*each) for each in said):
        assert values(reduce(merged, order, {})) == {"name": "Scarf", "size": "L"}


def test_a_thing_stays_bounded() -> None:
    many = [registers_of({f"f{n}": n}, Rank(0, n, "m", "s")) for n in range(MOST_FIELDS + 50)]
    forth, back = reduce(merged, many), reduce(merged, reversed(many))
    assert forth == back and len(forth) == MOST_FIELDS and "f0" not in forth


def test_another_version_is_not_misread() -> None:
    for body in (b"", b"\x02", b"\x00\x80"):
        with pytest.raises(ValueError, match="version"):
            decode(body)
