"""A decision in words: to the customer why she got it, and to staff why she did not; pages guess nobody's gender."""

from collections.abc import Iterable
from typing import Final

from regulars.model.contact import DAY, TOTAL
from regulars.model.decision import GLOBAL, HELD_BACK, Action, Candidate, Decision, Rulebook

CHANNELS: Final = {
    "email": "e-mail", "sms": "text message", "push": "push message", "post": "letter", "onsite": "the web site",
    "webhook": "another system", "associate": "the shop floor",
}  # fmt: skip

DROPPED: Final = {
    "switched_off": "It is switched off.",
    "not_yet": "It has not begun yet.",
    "over": "It is over.",
    "placement": "It does not belong in this place: {}.",
    "fact": "What it needs is not there: {}.",
    "not_in_segment": "Not in the segment it is for: {}.",
    "in_segment": "In a segment it is not for: {}.",
    "channel": "This channel was not to be had on this occasion.",
    "no_address": "There is no address for this channel.",
    "no_consent": "There is no consent to it.",
    "withdrawn": "Consent to it was withdrawn.",
    "suppressed": "This address is never written to.",
    "shared_address": "Several people share the address.",
    "topic_off": "This kind of message was turned off.",
    "paused": "Messages are paused at the customer’s wish.",
    "question_open": "A question or complaint waits for an answer.",
    "action_cap": "Waiting: got this often enough ({}).",
    "capped": "Waiting: contacted enough ({}).",
    "too_soon": "Waiting: the last contact is less than {} ago.",
    "quiet_hours": "Waiting: it is quiet time where the customer is.",
}
"""Why a candidate fell out; `{}` stands for its detail."""


def dropped_words(candidate: Candidate) -> str:
    """Why a candidate fell out, in one sentence; '' where it did not."""
    if not candidate.dropped:
        return ""
    words = DROPPED.get(candidate.dropped, candidate.detail or candidate.dropped)
    return words.format(_caps_words(candidate) or "unknown")


def cap_words(cap: str) -> str:
    """A cap such as `email 2/7` as people say it."""
    name, _, numbers = cap.rpartition(" ")
    most, _, days = numbers.partition("/")
    if not most.isdecimal() or not days.isdecimal():
        return cap
    by = "" if name in ("", TOTAL) else f" by {CHANNELS.get(name, name)}"
    return f"at most {most}{by} {'a day' if days == '1' else f'in {days} days'}"


def why(decision: Decision, book: Rulebook) -> str:
    """Why she got it, to her; where nothing is done, why not, to staff."""
    did = decision.did
    return why_not(decision) if did is None else _why_got(decision, did, book)


def why_not(decision: Decision) -> str:
    """Why nothing is done, in a few sentences."""
    if decision.arm == HELD_BACK:
        if decision.held_by == GLOBAL:
            return "Held back to compare: some customers get nothing of the kind, to see what it is worth."
        return f"Held back to compare: some customers do not get “{decision.held_by}”."
    real = decision.candidates[:-1]
    if not real:
        return "There was nothing to choose among."
    able = [each for each in real if not each.dropped]
    if able:
        best = max(able, key=lambda each: each.score)
        return f"Doing nothing was worth more: “{best.action}” came to {best.score:g}, after its cost and the pressure."
    waiting = [each for each in real if each.again]
    if waiting and decision.again:
        first = min(waiting, key=lambda each: (each.again, each.action, each.channel))
        return f"{dropped_words(first)} It is decided again later."
    return " ".join(sorted({dropped_words(each) for each in _nearest(real)}))


def _why_got(decision: Decision, did: Candidate, book: Rulebook) -> str:
    action = next(each for each in book.actions if each.name == did.action)
    said = [f"You got this because {action.because or f'it is about {action.title or action.name}'}."]
    channel = CHANNELS.get(did.channel, did.channel)
    if action.is_service:
        said.append("It is about something you asked for or bought, so it needs no consent to advertising.")
    elif did.channel == "onsite":
        said.append("You have not switched personal suggestions off.")
    else:
        said.append(f"You agreed to {action.purpose} by {channel}.")
    return " ".join([*said, _times(decision, action)])


def _times(decision: Decision, action: Action) -> str:
    recent = [
        each for each in decision.known.contacts
        if each.service == action.is_service and decision.at - 7 * DAY < each.at
    ]  # fmt: skip
    if not recent:
        return "It is the first in seven days."
    return f"You heard from us {len(recent)} {'time' if len(recent) == 1 else 'times'} in the seven days before."


def _nearest(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Those that came furthest before they fell out: their reasons tell most."""
    order = list(DROPPED)
    place = {each: order.index(each.dropped) if each.dropped in order else len(order) for each in candidates}
    furthest = max(place.values())
    return [each for each, at in place.items() if at == furthest]


def _caps_words(candidate: Candidate) -> str:
    if candidate.dropped in ("capped", "action_cap"):
        return ", ".join(cap_words(each) for each in candidate.detail.split(", "))
    return candidate.detail
