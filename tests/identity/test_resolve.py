"""Resolution: the stages one by one, then that the increment equals the full run and that no order matters."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from support.graph import Memory

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


def token(value: str) -> Identifier:
    return Identifier("payment_token", "", value)


def cookie(value: str) -> Identifier:
    return Identifier("anonymous_id", "main", value)


SERVER, CLIENT = True, False


def test_one_person_from_chained_evidence() -> None:
    graph = Memory()
    graph.see(
        [
            (SERVER, (user("1"), email("a")), 1),
            (SERVER, (email("a"), card("c")), 2),
            (CLIENT, (user("1"), cookie("k")), 3),
        ]
    )
    owners = {graph.owner(i) for i in (user("1"), email("a"), card("c"), cookie("k"))}
    assert len(owners) == 1 and None not in owners


def test_an_email_of_two_accounts_is_shared_and_joins_nobody() -> None:
    graph = Memory()
    graph.see([(SERVER, (user("1"), email("a")), 1), (SERVER, (user("2"), email("a")), 2)])
    assert graph.standing(email("a")) == "fan_out"
    assert graph.owner(user("1")) != graph.owner(user("2"))


def test_a_kiosk_builds_no_component() -> None:
    graph = Memory()
    graph.see([(CLIENT, (user(str(n)), cookie("kiosk")), n) for n in range(1, 9)])
    assert graph.standing(cookie("kiosk")) == "fan_out"
    assert len({graph.owner(user(str(n))) for n in range(1, 9)}) == 8
    graph.see([(CLIENT, (cookie("kiosk"),), 10)])
    assert graph.bundle_owner(CLIENT, cookie("kiosk")) not in {graph.owner(user(str(n))) for n in range(1, 9)}


def test_a_client_never_joins_two_proven_persons() -> None:
    graph = Memory()
    graph.see([(SERVER, (user("1"), email("a")), 1), (SERVER, (user("2"), email("b")), 2)])
    graph.see(
        [
            (CLIENT, (email("a"), card("b")), 3),
            (CLIENT, (user("1"), email("b")), 4),
            (CLIENT, (user("9"), email("a")), 5),
        ]
    )
    graph.see(
        [
            (CLIENT, (user("9"), email("b")), 6),
            (CLIENT, (phone("p"), email("a")), 7),
            (CLIENT, (phone("p"), email("b")), 8),
        ]
    )
    assert graph.owner(user("1")) == graph.owner(email("a")) != graph.owner(email("b")) == graph.owner(user("2"))
    assert graph.standing(email("a")) == "person"


def test_a_client_cannot_share_a_proven_value() -> None:
    graph = Memory()
    graph.see([(SERVER, (card("c"), email("a")), 1)])
    graph.see([(CLIENT, (user(str(n)), card("c")), 2) for n in range(60)])
    assert graph.owner(card("c")) == graph.owner(email("a")) is not None


def test_a_phone_bridges_what_completes() -> None:
    graph = Memory()
    graph.see([(SERVER, (user("1"), email("a"), phone("p")), 1), (SERVER, (card("c"), phone("p")), 2)])
    assert graph.owner(user("1")) == graph.owner(card("c")) == graph.owner(phone("p"))
    graph.see([(SERVER, (card("d"), phone("p")), 3)])
    assert graph.owner(user("1")) != graph.owner(card("c")) != graph.owner(card("d"))


def test_dominance_and_votes() -> None:
    graph = Memory()
    graph.see([(SERVER, (user("1"), cookie("k")), n) for n in range(4)] + [(SERVER, (user("2"), cookie("k")), 9)])
    assert graph.owner(cookie("k")) == graph.owner(user("1"))
    graph.see([(SERVER, (user("2"), cookie("k")), 10)])
    assert graph.standing(cookie("k")) == "votes"


def test_one_hop_and_no_further() -> None:
    graph = Memory()
    graph.see(
        [
            (SERVER, (user("1"), phone("p")), 1),
            (SERVER, (phone("p"), cookie("k")), 2),
            (SERVER, (cookie("k"), token("t")), 3),
        ]
    )
    assert graph.owner(cookie("k")) == graph.owner(user("1"))
    assert graph.owner(token("t")) != graph.owner(user("1"))


def test_limit_keeps_two_accounts_apart_whatever_the_order() -> None:
    sights = [
        (SERVER, (user("1"), card("c")), 1),
        (SERVER, (card("c"), email("a")), 2),
        (SERVER, (email("a"), user("2")), 3),
    ]
    owners = set()
    for seed in range(6):
        graph = Memory()
        random.Random(seed).shuffle(sights)
        for sight in sights:
            graph.see([sight])
        assert graph.owner(user("1")) != graph.owner(user("2"))
        owners.add((graph.owner(card("c")), graph.owner(email("a"))))
    assert len(owners) == 1


def test_links_by_hand() -> None:
    graph = Memory()
    graph.see([(SERVER, (user("1"), email("a")), 1), (SERVER, (card("c"), email("a")), 2), (SERVER, (user("2"),), 3)])
    graph.link(card("c"), email("a"), must=False)
    assert graph.owner(card("c")) != graph.owner(email("a"))
    assert graph.state() == graph.recomputed().state()
    graph.link(user("1"), user("2"), must=True)
    assert graph.owner(user("1")) == graph.owner(user("2"))
    assert graph.state() == graph.recomputed().state()
    graph.link(user("1"), user("2"), must=False)
    assert graph.owner(user("1")) != graph.owner(user("2"))
    assert graph.state() == graph.recomputed().state()


def test_two_accounts_declared_one_do_not_share_their_email() -> None:
    graph = Memory()
    graph.see([(SERVER, (user("1"), email("a")), 1), (SERVER, (user("2"), email("a")), 2)])
    graph.link(user("1"), user("2"), must=True)
    assert graph.owner(user("1")) == graph.owner(user("2")) == graph.owner(email("a"))
    assert graph.state() == graph.recomputed().state()


def test_too_large_a_component_leaves_its_weakest_tier_out() -> None:
    graph = Memory(Rules(component_bound=6))
    graph.see([(SERVER, (email(str(n)), card(str(n))), n) for n in range(4)])
    graph.see([(SERVER, (card(str(n)), email(str(n + 1))), n) for n in range(3)])
    assert graph.standing(email("0")) == "left_out"
    assert graph.state() == graph.recomputed().state()


makers = [user, email, card, phone, token, cookie]
identifier = st.builds(lambda m, v: m(v), st.sampled_from(makers), st.sampled_from("abcd"))
sight = st.tuples(
    st.booleans(), st.lists(identifier, min_size=1, max_size=3, unique=True).map(tuple), st.integers(0, 9)
)
word = st.tuples(identifier, identifier, st.booleans(), st.booleans()).filter(lambda w: w[0] != w[1])


@settings(max_examples=400, deadline=None)
@given(
    st.lists(sight, min_size=1, max_size=25),
    st.lists(word, max_size=5),
    st.randoms(use_true_random=False),
    st.sampled_from(["messages", "earliest"]),
)
def test_increment_equals_full_run_in_any_order(
    sights: list[tuple[bool, tuple[Identifier, ...], int]],
    words: list[tuple[Identifier, Identifier, bool, bool]],
    rand: random.Random,
    order: str,
) -> None:
    rules = Rules(hub=4, component_bound=7, edge_order=order)
    graph = Memory(rules)
    position = 0
    while position < len(sights):
        size = rand.randint(1, 4)
        graph.see(sights[position : position + size])
        position += size
    assert graph.state() == graph.recomputed().state()
    for a, b, must, server in words:
        graph.link(a, b, must, server)
        assert graph.state() == graph.recomputed().state()
    # Words keep their order among themselves, the latest of a pair standing; else any order must do.
    again = Memory(rules)
    left = list(words)
    for one in sorted([*sights, *[None] * len(words)], key=lambda _: rand.random()):
        if one is None:
            again.link(*left.pop(0))
        else:
            again.see([one])
    assert again.state() == graph.state()


def test_two_cookies_said_to_be_one_are_one_person_whose_id_hangs_on_the_first() -> None:
    graph = Memory()
    graph.see([(CLIENT, (cookie("k"),), 1), (CLIENT, (cookie("j"),), 2), (CLIENT, (cookie("l"),), 3)])
    first = graph.owner(cookie("k"))
    graph.link(cookie("j"), cookie("l"), must=True)
    assert graph.owner(cookie("l")) == graph.owner(cookie("j")) != first
    graph.link(cookie("k"), cookie("l"), must=True)
    assert graph.owner(cookie("l")) == graph.owner(cookie("j")) == first
    graph.see([(CLIENT, (user("1"), cookie("j")), 4)])
    assert {graph.owner(cookie(each)) for each in "jkl"} == {graph.owner(user("1"))}
    graph.link(cookie("k"), cookie("j"), must=False)
    assert graph.owner(cookie("k")) != graph.owner(cookie("j")) == graph.owner(user("1"))
    assert graph.state() == graph.recomputed().state()


def test_what_is_said_to_be_one_votes_together() -> None:
    graph = Memory()
    graph.see([(SERVER, (user("1"), cookie("k")), n) for n in range(4)] + [(SERVER, (user("2"), cookie("j")), 9)])
    assert graph.owner(cookie("j")) == graph.owner(user("2"))
    graph.link(cookie("k"), cookie("j"), must=True)
    assert graph.owner(cookie("j")) == graph.owner(cookie("k")) == graph.owner(user("1"))


def test_a_phone_kept_from_somebody_is_no_bridge_to_her() -> None:
    graph = Memory()
    graph.see([(SERVER, (user("1"), phone("p")), 1), (SERVER, (card("c"), phone("p")), 2)])
    assert graph.owner(user("1")) == graph.owner(card("c"))
    graph.link(phone("p"), user("1"), must=False)
    assert graph.owner(user("1")) != graph.owner(card("c")) == graph.owner(phone("p"))
    assert graph.state() == graph.recomputed().state()


def test_a_word_comes_into_force_with_the_identifier_it_is_about() -> None:
    graph = Memory()
    graph.link(user("1"), user("3"), must=True)
    graph.link(user("3"), user("2"), must=True)
    graph.see([(SERVER, (user("1"), email("a")), 1), (SERVER, (user("2"), email("a")), 2)])
    assert graph.standing(email("a")) == "fan_out"
    graph.see([(SERVER, (user("3"),), 3)])
    assert graph.owner(email("a")) == graph.owner(user("1")) == graph.owner(user("2"))
    assert graph.state() == graph.recomputed().state()
