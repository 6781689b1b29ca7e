"""Whom a campaign would reach, and why not the others: decided as it would be, and nothing is written."""

import time
from collections import Counter
from typing import Final

import msgspec

from regulars.decisioning.campaigns.campaign import Campaign
from regulars.decisioning.deciding import Deciding, reason
from regulars.decisioning.journeys.events import current_ids
from regulars.segments import store as segments
from regulars.storage.database import Connection

SECONDS: Final = 12.0
AT_ONCE: Final = 500
EXAMPLES: Final = 5


class Preview(msgspec.Struct, frozen=True):
    """What would come of it now: of `members`, so many were `looked` at, in the order of their ids.

    `counts` by variant and reason, of which `sent` is that it goes; `examples` are some ids for each reason.
    """

    members: int
    looked: int
    counts: dict[tuple[str, str], int]
    examples: dict[str, tuple[bytes, ...]]

    @property
    def sent(self) -> int:
        """To how many it would go."""
        return sum(n for (_, what), n in self.counts.items() if what == "sent")

    def reasons(self) -> list[tuple[str, int]]:
        """Why it would not go to others, most frequent first."""
        found: Counter[str] = Counter()
        for (_, what), n in self.counts.items():
            if what != "sent":
                found[what] += n
        return found.most_common()


def preview(
    connection: Connection, deciding: Deciding, campaign: Campaign, now: int, seconds: float = SECONDS
) -> Preview:  # fmt: skip
    """What would come of a campaign if it began now; where it takes too long, of the first members only."""
    until = time.monotonic() + seconds
    book = deciding.book(connection, campaign.actions())
    found: Counter[tuple[str, str]] = Counter()
    examples: dict[str, tuple[bytes, ...]] = {}
    place, looked = b"", 0
    while time.monotonic() < until:
        members = segments.some_members(connection, campaign.segment, place, AT_ONCE)
        if not members:
            break
        place, looked = members[-1], looked + len(members)
        ids = {each for each in current_ids(connection, members).values() if each is not None}
        wanted = [(each, campaign.occasion(each, 0, deciding.secret)) for each in sorted(ids)]
        for each in deciding.decide(connection, wanted, book, now):
            what = reason(each)
            found[each.asked.variant, what] += 1
            if len(examples.get(what, ())) < EXAMPLES:
                examples[what] = (*examples.get(what, ()), each.customer)
    members_now = segments.counts(connection).get(campaign.segment, 0)
    return Preview(members_now, looked, dict(found), examples)
