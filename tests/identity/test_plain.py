"""What is plain to see of newcomers is what the resolver says of them."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st
from support.graph import SECRET, key_of

from regulars.identity.graph import Node, Tie
from regulars.identity.newcomers import _Batch
from regulars.identity.plain import components, plain_person
from regulars.identity.resolve import Resolver
from regulars.identity.rules import RULES, Rules
from regulars.model.identifier import Identifier

TYPES = {"user_id": "main", "loyalty_id": "main", "email": "", "phone": "", "anonymous_id": "main", "social_handle": ""}
IDENTIFIERS = st.builds(
    lambda type_, n: Identifier(type_, TYPES[type_], f"v{n}"), st.sampled_from(sorted(TYPES)), st.integers(0, 2)
)
SEEN = st.tuples(st.booleans(), st.frozensets(IDENTIFIERS, min_size=1, max_size=4), st.integers(1, 4))
RULE_SETS = st.sampled_from([RULES, Rules(component_bound=1), Rules(hub=1)])


def graph_of(seen: list[tuple[bool, frozenset[Identifier], int]]) -> tuple[dict[bytes, Node], list[Tie]]:
    ties: dict[bytes, Tie] = {}
    firsts: dict[Identifier, tuple[bool, int]] = {}
    for server, identifiers, time in seen:
        keys = tuple(sorted(map(key_of, identifiers)))
        bundle = SECRET.mac("bundle", str(server), *(key.hex() for key in keys))
        old = ties.get(bundle)
        ties[bundle] = Tie(bundle, server, keys, 1 + (old.n if old else 0), min(time, old.first if old else time))
        for each in identifiers:
            known = firsts.get(each, (server, time))
            firsts[each] = (True, time) if server and not known[0] else known if known[0] and not server else (
                server, min(known[1], time)
            )  # fmt: skip
    nodes = {
        key_of(each): Node(key_of(each), each, RULES.rule_of(each.type).tier, *first) for each, first in firsts.items()
    }
    return nodes, list(ties.values())


@settings(max_examples=400, deadline=None)
@given(st.lists(SEEN, min_size=1, max_size=5), RULE_SETS)
def test_plain_is_what_the_resolver_says(seen: list[tuple[bool, frozenset[Identifier], int]], rules: Rules) -> None:
    nodes, ties = graph_of(seen)
    usage: dict[bytes, list[Tie]] = defaultdict(list)
    for tie in ties:
        for key in tie.members:
            usage[key].append(tie)
    for together in components(ties, usage):
        found = plain_person(together, nodes, rules, SECRET)
        if found is None:
            continue
        anchor, members, standing = found
        keys = {key for tie in together for key in tie.members}
        changes = Resolver(_Batch(nodes, together), rules, SECRET).resolve(keys, together)
        assert changes.standings == dict.fromkeys(keys, standing)
        assert changes.bundles == {tie.key: standing[1] for tie in together}
        assert changes.persons == {standing[1]: (anchor.key, members)}


def test_most_first_visits_are_plain() -> None:
    user, cookie = Identifier("user_id", "main", "1"), Identifier("anonymous_id", "main", "k")
    for identifiers in ([user], [cookie], [user, cookie], [user, Identifier("email", "", "a@b.example"), cookie]):
        nodes, ties = graph_of([(True, frozenset(identifiers), 1)])
        assert plain_person(ties, nodes, RULES, SECRET) is not None
