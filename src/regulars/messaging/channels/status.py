"""What a mail server's answer means: try again, give this message up, or give the address up."""

import re
from typing import Final

from regulars.messaging.channels.channel import State

_ENHANCED = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
_NO_ADDRESS: Final = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4", "5.0.0"})
"""RFC 3463 and its registry: no such mailbox or domain, moved away, disabled. Others are of the message, not of her."""
_NO_MAILBOX: Final = frozenset({550, 551, 553})
"""To RCPT, where nothing more exact is said (RFC 5321, 4.2.3)."""


def enhanced(text: str) -> str:
    """The enhanced status code (RFC 3463) that a server's words begin with, or ''."""
    found = _ENHANCED.match(text[:100])
    return f"{found[1]}.{int(found[2])}.{int(found[3])}" if found else ""


def is_no_address(status: str) -> bool:
    """Whether a status code says that the address takes no mail, now and later."""
    return status in _NO_ADDRESS


def of_answer(code: int, words: str, to_recipient: bool) -> tuple[State, str]:
    """What an SMTP answer that is no success means, and why: its codes alone, for its words may quote an address."""
    status = enhanced(words)
    why = f"{code} {status}".strip()
    if code < 500 or status.startswith("4."):
        return State.LATER, why
    gone = is_no_address(status) if status else code in _NO_MAILBOX
    return (State.BOUNCED if to_recipient and gone else State.FAILED), why
