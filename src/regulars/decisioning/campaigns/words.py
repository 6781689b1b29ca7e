"""A campaign as people say it."""

from typing import Final

from regulars.decisioning.campaigns.campaign import DONE, DRAFT, ENDED, PAUSED, Campaign

REASONS: Final = {
    "sent": "Goes out",
    "held_back": "Held back to compare",
    "not_worth_it": "Doing nothing is worth more",
    "no_address": "No address for this channel",
    "no_consent": "Has not agreed to it",
    "withdrawn": "Said no to it",
    "suppressed": "Never contact",
    "shared_address": "Several people share the address",
    "topic_off": "Turned this kind of message off",
    "paused": "Paused messages",
    "question_open": "A question of hers waits for an answer",
    "capped": "Waiting: contacted enough",
    "action_cap": "Got this often enough",
    "too_soon": "Waiting: contacted a short while ago",
    "quiet_hours": "Waiting: it is night where she is",
    "channel": "None of these channels is there",
    "fact": "What it needs is not there",
    "not_in_segment": "Not in the segment that it is for",
    "in_segment": "In a segment that it is not for",
    "switched_off": "It is switched off",
}
"""What comes of it for a customer, by the code of the decision."""

_STATES: Final = {DRAFT: "Draft", PAUSED: "Paused", DONE: "Done", ENDED: "Ended"}


def reason_words(what: str) -> str:
    """What comes of a campaign for a customer."""
    return REASONS.get(what, what.replace("_", " ").capitalize())


def state_words(campaign: Campaign, now: int) -> str:
    """How a campaign stands."""
    return _STATES.get(campaign.state, "Scheduled" if campaign.starts > now else "Running")
