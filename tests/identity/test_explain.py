"""Every rule by which two identifiers are one person's, or are kept apart, is told by its name."""

import pytest
from support.graph import Memory, key_of

from regulars.identity.explain import Explanation, explain
from regulars.identity.rules import Rules
from regulars.model.identifier import Identifier


def user(value: str) -> Identifier:
    return Identifier("user_id", "main", value)


def email(value: str) -> Identifier:
    return Identifier("email", "", value)


def card(value: str) -> Identifier:
    return Identifier("loyalty_id", "main", value)


def phone(value: str) -> Identifier:
    return Identifier("phone", "", value)


def cookie(value: str) -> Identifier:
    return Identifier("anonymous_id", "main", value)


SERVER, CLIENT = True, False
Sight = tuple[bool, tuple[Identifier, ...], int]


def why(graph: Memory, a: Identifier, b: Identifier) -> Explanation:
    found = explain(graph, key_of(a), key_of(b), graph.rules)
    assert found.version == graph.rules.version
    owners = graph.owner(a), graph.owner(b)
    assert found.joined == (a == b or (owners[0] is not None and owners[0] == owners[1]))
    other = explain(graph, key_of(b), key_of(a), graph.rules)
    assert (other.joined, other.reason) == (found.joined, found.reason)
    return found


def steps(found: Explanation) -> list[tuple[Identifier, Identifier]]:
    return [(hop.one, hop.two) for hop in found.path]


def seen(*sights: Sight, rules: Rules | None = None) -> Memory:
    graph = Memory(rules or Rules())
    for sight in sights:
        graph.see([sight])
    return graph


def test_one_identifier() -> None:
    assert why(seen((SERVER, (user("1"),), 1)), user("1"), user("1")).reason == "same"


def test_the_shortest_path_with_its_counts() -> None:
    graph = seen(
        (SERVER, (user("1"), email("a")), 5),
        (SERVER, (user("1"), email("a")), 3),
        (SERVER, (email("a"), card("c")), 7),
        (CLIENT, (cookie("k"), user("1")), 8),
    )
    found = why(graph, cookie("k"), card("c"))
    assert steps(found) == [(cookie("k"), user("1")), (user("1"), email("a")), (email("a"), card("c"))]
    assert [(hop.server, hop.n, hop.first) for hop in found.path] == [(False, 1, 8), (True, 2, 3), (True, 1, 7)]
    assert all(len(hop.bundles) == 1 for hop in found.path)
    assert found.reason == "evidence" and "3 steps" in found.words


def test_a_path_does_not_lead_over_a_cookie_where_accounts_tell() -> None:
    graph = seen(
        (SERVER, (user("1"), email("a")), 1),
        (SERVER, (email("a"), card("c")), 2),
        (SERVER, (user("1"), cookie("k")), 3),
        (SERVER, (card("c"), cookie("k")), 4),
        (SERVER, (user("1"), phone("p")), 5),
        (SERVER, (card("c"), phone("p")), 6),
    )
    assert steps(why(graph, user("1"), card("c"))) == [(user("1"), email("a")), (email("a"), card("c"))]


def test_a_client_s_word_is_no_step_between_the_proven() -> None:
    graph = seen(
        (SERVER, (user("1"), email("a")), 1),
        (SERVER, (email("a"), card("c")), 2),
        (CLIENT, (user("1"), card("c")), 3),
    )
    assert len(why(graph, user("1"), card("c")).path) == 2


def test_a_bridge_and_a_hop() -> None:
    graph = seen(
        (SERVER, (user("1"), phone("p")), 1),
        (SERVER, (card("c"), phone("p")), 2),
        (SERVER, (phone("p"), cookie("k")), 3),
    )
    assert steps(why(graph, user("1"), card("c"))) == [(user("1"), phone("p")), (phone("p"), card("c"))]
    assert len(why(graph, cookie("k"), card("c")).path) == 2


def test_links_are_steps() -> None:
    graph = seen((SERVER, (user("1"),), 1), (SERVER, (user("2"),), 2), (CLIENT, (cookie("k"),), 3))
    graph.link(user("1"), user("2"), must=True)
    graph.link(user("2"), cookie("k"), must=True, server=False)
    found = why(graph, user("1"), cookie("k"))
    assert [hop.link for hop in found.path] == [True, True]
    assert [hop.n for hop in found.path] == [0, 0]
    assert "said to be one" in why(graph, user("1"), user("2")).words


def test_weak_ones_by_hand() -> None:
    graph = seen((CLIENT, (cookie("j"),), 3), (CLIENT, (cookie("k"),), 1), (CLIENT, (cookie("l"),), 2))
    assert why(graph, cookie("j"), cookie("k")).reason == "none"
    graph.link(cookie("j"), cookie("k"), must=True)
    graph.link(cookie("k"), cookie("l"), must=True)
    found = why(graph, cookie("j"), cookie("l"))
    assert steps(found) == [(cookie("j"), cookie("k")), (cookie("k"), cookie("l"))]


def test_nothing_joins_them() -> None:
    graph = seen((SERVER, (user("1"), email("a")), 1), (SERVER, (user("2"), email("b")), 1))
    found = why(graph, email("a"), user("2"))
    assert (found.reason, found.path) == ("none", ())


def test_a_shared_value_says_by_how_many_of_which_type() -> None:
    graph = seen(*((SERVER, (user(str(n)), phone("p")), n) for n in range(5)))
    found = why(graph, phone("p"), user("1"))
    assert found.reason == "shared" and "5 different user_id" in found.words and "at most 2" in found.words
    between = why(graph, user("1"), user("2"))
    assert between.reason == "shared" and "phone:p" in between.words and "5 different user_id" in between.words


def test_a_hub() -> None:
    graph = seen(*((SERVER, (card(str(n)), email("a")), n) for n in range(6)), rules=Rules(hub=4))
    found = why(graph, card("1"), card("2"))
    assert found.reason == "shared" and "6 different loyalty_id" in found.words and "at most 4" in found.words


def test_contested_by_votes() -> None:
    graph = seen((SERVER, (user("1"), cookie("k")), 1), (SERVER, (user("2"), cookie("k")), 2))
    found = why(graph, cookie("k"), user("1"))
    assert found.reason == "contested" and "1 with" in found.words and "80%" in found.words
    assert why(graph, user("1"), user("2")).reason == "contested"


def test_left_out() -> None:
    graph = Memory(Rules(component_bound=6))
    graph.see([(SERVER, (email(str(n)), card(str(n))), n) for n in range(4)])
    graph.see([(SERVER, (card(str(n)), email(str(n + 1))), n) for n in range(3)])
    found = why(graph, email("0"), card("0"))
    assert found.reason == "left_out" and "more than 6" in found.words


def test_a_limit_names_its_type() -> None:
    graph = seen(
        (SERVER, (user("1"), card("c")), 1),
        (SERVER, (card("c"), email("a")), 2),
        (SERVER, (email("a"), card("d")), 3),
        (SERVER, (card("d"), user("2")), 4),
    )
    found = why(graph, user("1"), user("2"))
    assert found.reason == "limit" and "2 user_id values, and 1 is the most" in found.words


def test_cannot_by_hand_names_the_pair() -> None:
    graph = seen((SERVER, (user("1"), email("a")), 1), (SERVER, (card("c"), email("a")), 2))
    graph.link(card("c"), email("a"), must=False)
    found = why(graph, card("c"), user("1"))
    assert found.reason == "cannot_link" and "card" not in found.words and "email:a" in found.words
    assert found.path[0].link and {found.path[0].one, found.path[0].two} == {card("c"), email("a")}


def test_only_a_client_claims_it() -> None:
    graph = seen(
        (SERVER, (user("1"), email("a")), 1),
        (SERVER, (card("c"), email("b")), 2),
        (CLIENT, (email("a"), card("c")), 3),
    )
    found = why(graph, user("1"), email("b"))
    assert found.reason == "claim" and "two proven persons" in found.words


def test_a_claim_has_one_place() -> None:
    graph = seen(
        (SERVER, (user("1"), email("a")), 1),
        (SERVER, (card("c"),), 2),
        (CLIENT, (email("x"), email("a")), 3),
        (CLIENT, (email("x"), email("a")), 4),
        (CLIENT, (email("x"), card("c")), 5),
    )
    found = why(graph, email("x"), card("c"))
    assert found.reason == "claim" and "leads elsewhere" in found.words


@pytest.mark.parametrize(
    ("sights", "a", "b", "told"),
    [
        ([(CLIENT, (cookie("j"), cookie("k")), 1)], cookie("j"), cookie("k"), "without a strong identifier"),
        (
            [
                (SERVER, (user("1"), phone("p")), 1),
                (SERVER, (phone("p"), cookie("k")), 2),
                (SERVER, (cookie("k"), cookie("l")), 3),
            ],
            cookie("l"),
            user("1"),
            "by one hop",
        ),
        (
            [(SERVER, (user("1"), cookie("k")), n) for n in range(4)] + [(SERVER, (user("2"), cookie("k")), 9)],
            user("1"),
            user("2"),
            "never joins",
        ),
        (
            [(SERVER, (user("1"), phone("p")), n) for n in range(4)] + [(SERVER, (user("2"), phone("p")), 9)],
            user("1"),
            user("2"),
            "both have user_id",
        ),
    ],
    ids=["two cookies", "one hop", "a cookie", "a phone"],
)
def test_weak_identifiers(sights: list[Sight], a: Identifier, b: Identifier, told: str) -> None:
    found = why(seen(*sights), a, b)
    assert found.reason == "weak" and told in found.words
