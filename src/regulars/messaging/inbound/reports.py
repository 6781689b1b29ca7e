"""What machines report of a message of ours: that it could not be delivered (DSN), or that it was called spam (ARF)."""

import re
from typing import Final

import msgspec

from regulars.messaging.channels.status import is_no_address
from regulars.messaging.inbound.letter import Fields, Letter

HARD, SOFT = "hard", "soft"
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ABUSE: Final = frozenset({"abuse", "opt-out", "opt-out-list", "complaint"})
"""Kinds of feedback (RFC 5965, 6430) that say: do not write to me. Others are about forgery or viruses."""


class Failure(msgspec.Struct, frozen=True):
    """What a delivery report says: `action` (failed, delayed, delivered …), `status` (RFC 3463), hard or soft."""

    action: str
    status: str
    kind: str


def is_report(letter: Letter) -> bool:
    """Whether it is a delivery report, of the standard's form (RFC 3464)."""
    return letter.report == "delivery-status" or any("final-recipient" in each for each in letter.reports)


def failure_of(letter: Letter) -> Failure:
    """What a delivery report says of the first recipient that it speaks of; our messages have one."""
    for each in letter.reports:
        if "action" in each or "final-recipient" in each:
            return _failure(each)
    return Failure("failed", "", SOFT)


def _failure(fields: Fields) -> Failure:
    action = fields.get("action", "").lower().strip() or "failed"
    found = _STATUS.search(fields.get("status", "")) or _STATUS.search(fields.get("diagnostic-code", ""))
    status = found[1] if found else ""
    hard = action == "failed" and is_no_address(status)
    # A report that says 5.0.0, as many do, may name the reason in the words of the server before.
    told = _STATUS.search(fields.get("diagnostic-code", ""))
    if hard and status == "5.0.0" and told is not None:
        hard = is_no_address(told[1])
    return Failure(action, status, HARD if hard else SOFT)


def is_feedback(letter: Letter) -> bool:
    """Whether it is a report of a mailbox provider about what its customer did with a message (ARF, RFC 5965)."""
    return letter.report == "feedback-report" or any("feedback-type" in each for each in letter.reports)


def is_complaint(letter: Letter) -> bool:
    """Whether such a report says that the message was called spam, or unwanted."""
    return any(each.get("feedback-type", "").lower().strip() in _ABUSE for each in letter.reports)


def reported_paths(letter: Letter) -> tuple[str, ...]:
    """The return paths that a report says its message had."""
    named = [each.get("original-mail-from", "") for each in letter.reports] + [letter.original.get("return-path", "")]
    return tuple(each.strip("<> ") for each in named if each)
