"""What Home says about the state of things, as sentences: what is well, what needs a person, and how to begin."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from regulars.model.user import User
from regulars.storage.acting import ActingState
from regulars.storage.key_list import Sender
from regulars.storage.needs import DAY, Needs
from regulars.storage.today import Begun
from regulars.storage.totals import State
from regulars.web.access import OWNER, READERS
from regulars.web.formats import Formats

SLOW_SECONDS = 60
"""When what was received waits longer than this, Home says so."""
LATE_SECONDS = 300
"""When a message or a step that is due waits longer than this, Home says so; a large campaign takes minutes."""

EVENT = (
    'curl -u $KEY: {}/v1/identify -d \'{{"userId": "u-1", "traits": {{"name": "Ada", "email": "ada@shop.example"}}}}\''
)
CLASSES = {
    "browsing": "browsing", "anonymous": "visitors without a name", "rejected": "what couldn't be read",
    "audit": "the audit log", "logs": "log files", "decisions": "decisions and messages",
    "slots": "decisions on the site",
}  # fmt: skip


class Sign(NamedTuple):
    """One line about the health of things: its kind (good, warning, bad), words, and where one can do something."""

    kind: str
    title: str
    words: str
    link: str = ""
    label: str = ""


class Step(NamedTuple):
    """One line of the checklist: whether it is done, what it is, and how: a command, or a link with its words."""

    done: bool
    title: str
    command: str = ""
    link: str = ""
    label: str = ""


def health(state: State, now: int, fmt: Formats) -> Sign:
    """How the pipeline stands."""
    if not state.led:
        return Sign("bad", "Nothing is taken in", "The pipeline does not run. What is sent is kept, and waits.")
    if state.rows > 0 and (now - state.oldest) > SLOW_SECONDS * 1_000_000:
        words = f"{fmt.number(state.items)} wait, the oldest received {fmt.ago(state.oldest, now)}."
        return Sign("warning", "Taking in is behind", words)
    return Sign("good", "All is taken in", f"{fmt.number(state.totals.accepted)} events so far.")


def acting(state: ActingState, now: int, fmt: Formats) -> Sign:
    """How what acts stands: journeys, campaigns, the outbox."""
    due = _many(state.due, "message", fmt)
    if not state.led:
        words = "What acts does not run: journeys, campaigns and messages rest. `regulars doctor` says more."
        if not state.late_since:
            return Sign("warning", "Nothing is sent", words)
        return Sign("bad", "Nothing is sent", f"{words} {due} should be on their way.")
    if state.late_since and now - state.late_since > LATE_SECONDS * 1_000_000:
        late = [due] if state.due else []
        late += [f"{_many(state.timers, 'step', fmt)} of journeys and campaigns"] if state.timers else []
        words = f"Due since {fmt.ago(state.late_since, now)}: {', '.join(late)}. `regulars doctor` says why."
        return Sign("warning", "Messages are behind", words)
    looked = fmt.ago(state.looked, now) if state.looked else "–"
    words = f"Looked last {looked}. {_many(state.waiting, 'message', fmt)} in the outbox."
    return Sign("good", "Messages go out", words)


def wanting(
    user: User, refused: int, found: Needs, senders: Sequence[Sender], now: int, fmt: Formats
) -> Iterator[Sign]:
    """What needs a person; where one can do something only for those who may."""
    if refused:
        to = ("/rejected", "See why") if user.role in READERS else ()
        yield Sign("warning", "Couldn't be read", f"{_many(refused, 'event', fmt)} today. Nothing is lost.", *to)
    if found.left_out:
        words = f"{_many(found.left_out, 'identifier', fmt)} would tie too many people together."
        yield Sign("warning", "Joining paused: please look", f"{words} `regulars doctor` says of which kind.")
    for each in senders:
        if each.open_keys and is_silent(each, now):
            said = f"Last heard {fmt.ago(each.last, now)}." if each.last else "Not heard lately, though it has a key."
            to = ("/sources", "See the sources") if user.role in OWNER else ()
            yield Sign("warning", f"{each.name} is silent", said, *to)
    if found.interrupted:
        words = f"{_many(found.interrupted, 'import', fmt)} stopped half-way. Start it again: it goes on from there."
        yield Sign("warning", "An import did not end", words)
    if found.refused_rows:
        to = ("/rejected", "See why") if user.role in READERS else ()
        yield Sign("warning", "An import left rows out", f"{_many(found.refused_rows, 'row', fmt)} this week.", *to)
    if found.overdue:
        kinds = ", ".join(CLASSES.get(each, each) for each in found.overdue)
        words = f"Not looked through for two days: {kinds}. `regulars retention run` does it."
        yield Sign("warning", "Data are kept for too long", words)
    if found.without_password and user.role in OWNER:
        words = f"{_many(found.without_password, 'user', fmt)} never chose a password."
        yield Sign("warning", "Invited, and not here yet", words, "/users", "See the users")


def is_silent(sender: Sender, now: int) -> bool:
    """Whether a source that has a key was not heard for a day."""
    first = min((key.created for key in sender.keys if key.revoked is None), default=now)
    return max(sender.last, first) < now - DAY


def steps(there: Begun, address: str, customers: bool) -> list[Step]:
    """How an installation begins; `customers` is whether there is a page of customers to go to."""
    meet = {"link": "/customers", "label": "See the customers"} if customers else {}
    return [
        Step(there.key, "Make a key", link="/sources", label="Make a key"),
        Step(there.received, "Send a first event with it", EVENT.format(address)),
        Step(there.customer, "Meet the first customer", **meet),
        Step(there.colleagues, "Invite those you work with", link="/users", label="Invite somebody"),
    ]


def _many(count: int, what: str, fmt: Formats) -> str:
    return f"{fmt.number(count)} {what}{'' if count == 1 else 's'}"
