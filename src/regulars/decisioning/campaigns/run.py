"""Takes a campaign on, some hundreds of members at a time: decided, and how far it is, in one transaction."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from regulars.decisioning.campaigns import queries, store
from regulars.decisioning.campaigns.campaign import RUNNING, Campaign
from regulars.decisioning.deciding import Deciding, reason, what_came_of
from regulars.decisioning.journeys.events import current_ids
from regulars.model.decision import Decision
from regulars.segments.store import some_members
from regulars.storage.binary import byteas, int8s
from regulars.storage.database import Connection

AT_ONCE: Final = 500
"""Members in one transaction."""

Asked = dict[bytes, tuple[int, int]]
"""Whom to ask: since when she is asked (microseconds), and for which time."""


class Campaigns:
    """Works on one connection, in autocommit and used by nobody else meanwhile."""

    def __init__(self, connection: Connection, deciding: Deciding) -> None:
        self._connection = connection
        self._deciding = deciding

    def step(self, name: str, now: int, most: int = AT_ONCE) -> int:
        """Ask about some members; returns how many, 0 where nobody is to be asked now.

        Killed at any point, nobody is asked twice nor left out. Each is a member when her turn comes.
        """
        with self._connection.transaction():
            campaign = store.find(self._connection, name, lock=True)
            if campaign is None or campaign.state != RUNNING or campaign.starts > now:
                return 0
            members = some_members(self._connection, campaign.segment, campaign.place, most)
            if members:
                self._ask(campaign, {each: (now, 0) for each in members}, now)
                self._connection.execute(queries.SET_PLACE, (members[-1], now, name))
                return len(members)
            rows = self._connection.cursor(binary=True).execute(queries.DUE, (name, now, most)).fetchall()
            if rows:
                self._ask(campaign, {customer: (asked, tries) for customer, asked, tries in rows}, now)
            elif self.next_wake(name) is None:
                store.done(self._connection, campaign, now)
            return len(rows)

    def next_wake(self, name: str) -> int | None:
        """When somebody is to be asked again, in microseconds since 1970 UTC."""
        row = self._connection.execute(queries.NEXT, (name,)).fetchone()
        return None if row is None or row[0] is None else int(row[0])

    def _ask(self, campaign: Campaign, members: Asked, now: int) -> None:
        ids = current_ids(self._connection, members)
        # Two members may be one person by now: she is asked about once.
        asked: Asked = {}
        for member, said in members.items():
            current = ids[member]
            if current is not None:
                asked[current] = min(asked.get(current, said), said)
        secret = self._deciding.secret
        wanted = [(each, campaign.occasion(each, tries, secret)) for each, (_, tries) in asked.items()]
        decisions = self._deciding.settle(self._connection, wanted, campaign.actions(), now)
        again = [each for each in decisions if _is_again(each, campaign, asked[each.customer][0])]
        self._wait(campaign, members, again, asked)
        later = {each.id for each in again}
        tallied = Counter((each.asked.variant, reason(each)) for each in decisions if each.id not in later)
        rows = [(campaign.name, variant, what, n) for (variant, what), n in sorted(tallied.items())]
        if rows:
            self._connection.cursor().executemany(queries.COUNT, rows)

    def _wait(self, campaign: Campaign, members: Asked, again: Sequence[Decision], asked: Asked) -> None:
        cursor = self._connection.cursor(binary=True)
        cursor.execute(queries.WAIT_NO_MORE, (campaign.name, byteas(members)))
        if again:
            since = [asked[each.customer] for each in again]
            values: tuple[Any, ...] = (
                campaign.name, byteas([each.customer for each in again]), int8s([each.again for each in again]),
                int8s([at for at, _ in since]), [tries + 1 for _, tries in since],
            )  # fmt: skip
            cursor.execute(queries.WAIT, values)


def _is_again(decision: Decision, campaign: Campaign, since: int) -> bool:
    if what_came_of(decision) != "unsent":
        return False
    return decision.at < decision.again <= since + campaign.patience
