"""How pages speak of decisions: who asked, what came of it, and the contact policy in sentences."""

from typing import NamedTuple

from regulars.decisioning.ledger import Recorded
from regulars.decisioning.words import CHANNELS, cap_words, dropped_words
from regulars.model.contact import ContactPolicy
from regulars.model.decision import GLOBAL, HELD_BACK, Candidate

ASKED = {"journey": "Journey", "campaign": "Campaign", "slot": "Place on the site", "api": "Program"}
STATES = {
    "waiting": "Waiting to be sent", "sending": "Being sent", "sent": "Sent", "stopped": "Stopped",
    "failed": "Could not be delivered", "held": "Held until its campaign goes on",
}  # fmt: skip


class Outcome(NamedTuple):
    """What came of a decision in one line, and the kind of its mark."""

    title: str
    mark: str
    kind: str


def outcome(each: Recorded, titles: dict[str, str]) -> Outcome:
    """A decision in one line; `titles` are the actions' by name."""
    decision, about = each.decision, each.decision.about
    if about is None:
        waits = "Waiting" if decision.again else "Nothing"
        return Outcome("Nothing was done", waits, "warning" if decision.again else "neutral")
    named = f"{titles.get(about.action, about.action)}, by {channel_words(about.channel)}"
    if decision.arm == HELD_BACK:
        return Outcome(named, "Held back to compare", "info")
    return Outcome(named, "Done", "good")


def asked_by(each: Recorded) -> str:
    """Who asked for a decision."""
    return f"{ASKED.get(each.decision.kind, each.decision.kind)} {each.decision.name}".strip()


def channel_words(channel: str) -> str:
    """What a channel is called in a sentence."""
    return CHANNELS.get(channel, channel)


def held_words(held_by: str) -> str:
    """Who holds her back."""
    return "from everything of the kind" if held_by == GLOBAL else f"from “{held_by}”"


def candidate_words(each: Candidate) -> str:
    """Why a candidate fell out."""
    return dropped_words(each)


def policy_words(policy: ContactPolicy) -> list[str]:
    """The contact policy, a sentence each."""
    said = [f"Everything that persuades: {_caps(policy.caps)}."]
    said.append(f"Service messages: {_caps(policy.service)}.")
    reaching = ", ".join(channel_words(each) for each in policy.reaching)
    if policy.quiet_from != policy.quiet_to:
        said.append(
            f"Quiet from {_clock(policy.quiet_from)} to {_clock(policy.quiet_to)} where the customer is ({reaching})."
        )
    if policy.hours_between:
        said.append(f"At least {policy.hours_between} hours between two of them.")
    if policy.holdout:
        said.append(f"{policy.holdout:.0%} of customers are held back from all of it, to compare.")
    return said


def _caps(caps: object) -> str:
    found = dict(caps).items() if isinstance(caps, dict) else ()
    said = [cap_words(f"{name} {cap}") for name, of in found for cap in of]
    return ", ".join(said) if said else "no limit"


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
