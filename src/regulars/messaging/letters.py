"""From rows of the outbox to parcels: whether each may still go, to which address, and what it says."""

from collections.abc import Sequence
from typing import Final

import msgspec

from regulars.consent.links import preferences_path, unsubscribe_path
from regulars.consent.standing import SERVICE, Permit, Standing, standings
from regulars.decisioning import outbox
from regulars.decisioning.outbox import OutboxRow
from regulars.identity.lookup import current_id
from regulars.identity.rules import Rules
from regulars.messaging import answers, store
from regulars.messaging.channels.channel import Parcel
from regulars.messaging.data import By, Data, Wanted, data_now
from regulars.messaging.delivery import questions
from regulars.messaging.delivery.questions import Question, Turn
from regulars.messaging.file import BadMessage
from regulars.messaging.links import pixel, tracked
from regulars.messaging.message import Message
from regulars.messaging.render.render import CannotRender, render
from regulars.messaging.rendered import Rendered
from regulars.model.identifier import Identifier
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection

ASK_AGAIN: Final = 3_600_000_000
HELD_FOR: Final = 3 * 86_400_000_000
"""What waits for an answer to a question of hers is looked at so often, and given up after so long; in microseconds."""
NOT_HERS: Final = "the address that it is about is not hers any more"
_BODY_END: Final = "</body>"


class Ready(msgspec.Struct, frozen=True):
    """A parcel with the row that it comes of, the identifier that it goes to, and whether she is example data."""

    row: OutboxRow
    parcel: Parcel
    address: Identifier
    simulated: bool


class Going(msgspec.Struct, frozen=True):
    """A row that may go: whose it is now, how she stands, where it goes."""

    row: OutboxRow
    customer: bytes
    address: Identifier


class Writer:
    """Writes parcels. `by` is what messages are filled from, `zone` the shop's, `base` where people reach our pages."""

    def __init__(self, by: By, rules: Rules, zone: str, base: str) -> None:
        self.rules = rules
        self.secret = by.secret
        self._by = by
        self._zone = zone
        self._base = base

    def write(self, connection: Connection, rows: Sequence[OutboxRow], now: int) -> list[Ready]:
        """The parcels of claimed rows; those that may not go, or cannot be said, are settled here and left out."""
        going = self._allowed(connection, rows, now)
        said = [each for each in going if each.row.message != answers.ANSWER]
        found = self._messages(connection, said, now)
        for each in going:
            if each.row.message == answers.ANSWER:
                found += self._answer(connection, each, now)
        return found

    def _allowed(self, connection: Connection, rows: Sequence[OutboxRow], now: int) -> list[Going]:
        standing = self._standings(connection, rows)
        going = []
        with connection.transaction():
            for row in rows:
                found = standing[row.customer]
                permit = found.permit(row.channel, row.purpose, row.topic, now)
                if not permit.allowed or permit.address is None:
                    _withhold(connection, row, permit, now)
                    continue
                address = self._address(connection, row, found, permit.address)
                if address is not None:
                    going.append(Going(row, found.customer, address))
                else:
                    outbox.refuse(connection, row.decision, NOT_HERS, now)
        return going

    def _standings(self, connection: Connection, rows: Sequence[OutboxRow]) -> dict[bytes, Standing]:
        """Of whoever stands for each row's customer now."""
        ids = {row.customer for row in rows}
        found = standings(connection, sorted(ids), self.rules, self._zone)
        for id in [each for each, standing in found.items() if not standing.addresses]:
            current = finish(current_id(awaited(connection), id, self._by.secret))
            if current is not None and current != id:
                found[id] = standings(connection, [current], self.rules, self._zone)[current]
        return found

    def _address(
        self, connection: Connection, row: OutboxRow, standing: Standing, best: Identifier
    ) -> Identifier | None:
        """Where the permit says, but for what is about one address: that, None where it is not hers any more.

        An answer goes to the address that asked, while it is hers.
        """
        barred = {each.key for each in standing.suppressions}
        own = [each for each in standing.addresses_for(row.channel) if each.key not in barred]
        if "to" in row.context:
            return next((each.identifier for each in own if each.key.hex() == row.context["to"]), None)
        if row.message != answers.ANSWER:
            return best
        question = questions.find(connection, int(row.context.get("question", 0)))
        asked = question.address if question is not None else ""
        return next((each.identifier for each in own if each.identifier.value == asked), best)

    def _messages(self, connection: Connection, going: Sequence[Going], now: int) -> list[Ready]:
        known = {name: _message(connection, name) for name in {each.row.message for each in going}}
        wanted, kept = [], []
        for each in going:
            message = known[each.row.message]
            if message is None:
                outbox.fail(connection, each.row.decision, "there is no message of this name that can be read", now)
                continue
            kept.append((each, message))
            wanted.append(self._wanted(each, message, now))
        data = data_now(connection, wanted, self._by, now)
        found = []
        for (each, message), told in zip(kept, data, strict=True):
            try:
                found.append(self._ready(each, self._rendered(message, each.row, told), told, now))
            except CannotRender as error:
                outbox.fail(connection, each.row.decision, str(error), now)
        return found

    def _wanted(self, each: Going, message: Message, now: int) -> Wanted:
        secret = self._by.secret
        return Wanted(
            message,
            each.customer,
            each.row.context,
            self._base + preferences_path(secret, each.address, now),
            self._base + unsubscribe_path(secret, each.address, now),
        )

    def _rendered(self, message: Message, row: OutboxRow, data: Data) -> Rendered:
        secret, base = self._by.secret, self._base
        found = render(message, row.channel, data, lambda url: tracked(secret, base, row.decision, url))
        if _BODY_END not in found.html:
            return found
        dot = f'<img src="{pixel(secret, base, row.decision)}" width="1" height="1" alt="" style="display:block">'
        head, _, tail = found.html.rpartition(_BODY_END)
        return msgspec.structs.replace(found, html=f"{head}{dot}{_BODY_END}{tail}")

    def _ready(self, each: Going, rendered: Rendered, data: Data, now: int) -> Ready:
        unsubscribe = data.unsubscribe_url if each.row.purpose != SERVICE else ""
        parcel = self._parcel(each, rendered, now)
        parcel = msgspec.structs.replace(parcel, name=data.customer.name, unsubscribe=unsubscribe)
        return Ready(each.row, parcel, each.address, data.simulated)

    def _parcel(self, each: Going, rendered: Rendered, now: int, thread: tuple[str, ...] = ()) -> Parcel:
        row, address = each.row, each.address
        value = address.value if row.channel == "email" else f"{address.type}:{address.value}"
        return Parcel(
            decision=row.decision, customer=each.customer, channel=row.channel, address=value, message=row.message,
            purpose=row.purpose, rendered=rendered, at=now, thread=thread,
        )  # fmt: skip

    def _answer(self, connection: Connection, each: Going, now: int) -> list[Ready]:
        found = _asked(connection, each.row)
        if found is None:
            outbox.fail(connection, each.row.decision, "the question is gone", now)
            return []
        question, turn = found
        parcel = self._parcel(each, answers.rendered(question, turn), now, answers.thread(question, turn))
        return [Ready(each.row, msgspec.structs.replace(parcel, name=question.name), each.address, False)]


def _message(connection: Connection, name: str) -> Message | None:
    try:
        return store.message(connection, name)
    except BadMessage:
        # A later version of the program wrote it.
        return None


def _asked(connection: Connection, row: OutboxRow) -> tuple[Question, Turn] | None:
    found = questions.turn_of(connection, row.decision)
    question = None if found is None else questions.find(connection, found[0])
    return None if found is None or question is None else (question, found[1])


def _withhold(connection: Connection, row: OutboxRow, permit: Permit, now: int) -> None:
    """Put off what may go later; what may not go any more is stopped."""
    again = permit.again
    if permit.code == "question_open" and now - row.at < HELD_FOR:
        again = now + ASK_AGAIN
    if again > now:
        outbox.give_back(connection, row.decision, again, permit.why, now)
    else:
        outbox.refuse(connection, row.decision, permit.why, now)
        if row.message == answers.ANSWER:
            answers.open_again(connection, int(row.context["question"]), now)
