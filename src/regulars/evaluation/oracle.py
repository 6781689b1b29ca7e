"""The best that attribution by identifiers can do: each identifier belongs to whoever truly used it most."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from regulars.evaluation.truth import Key, Value
from regulars.model.identifier import Tier

_TIERS = {
    "user_id": Tier.UNIQUE,
    "loyalty_id": Tier.STRONG,
    "email": Tier.STRONG,
    "phone": Tier.BRIDGING,
    "payment_token": Tier.BRIDGING,
    "device_id": Tier.BRIDGING,
}


def owners(
    events: Mapping[Key, tuple[Value, ...]],
    persons: Mapping[Key, str],
    own: Mapping[tuple[str, str], str] | None = None,
) -> dict[Value, str]:
    """The true main user of each identifier: the person with most distinct events on it.

    Ties go to the one whose it is (`own`, by type and value), then to the first by name.
    """
    used: defaultdict[Value, Counter[str]] = defaultdict(Counter)
    for key, carried in events.items():
        for one in carried:
            used[one][persons[key]] += 1
    whose = own or {}
    return {
        one: min(counts, key=lambda person: (-counts[person], whose.get((one[0], one[2])) != person, person))
        for one, counts in used.items()
    }


def attribute(carried: Iterable[Value], owner: Mapping[Value, str]) -> str | None:
    """The person who owns most of an event's identifiers, ties by tier, then value; None where there are none."""
    votes: Counter[str] = Counter()
    best: dict[str, tuple[Tier, Value]] = {}
    for one in carried:
        person = owner[one]
        votes[person] += 1
        rank = (_TIERS.get(one[0], Tier.WEAK), one)
        best[person] = min(best.get(person, rank), rank)
    return min(votes, key=lambda person: (-votes[person], best[person]), default=None)
