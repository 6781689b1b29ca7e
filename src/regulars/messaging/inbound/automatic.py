"""Whether a machine wrote an e-mail: holiday replies, lists, our own mail coming back. None of them asks anything."""

import re
from typing import Final

from regulars.messaging.inbound.letter import Letter

_PRECEDENCE: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_FIELDS: Final = (
    "x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from", "x-mail-autoreply", "x-failed-recipients",
    "x-ms-exchange-generated-message-source", "x-ms-exchange-inbox-rules-loop", "x-loop", "list-id",
    "list-unsubscribe", "feedback-id",
)  # fmt: skip
_SUBJECTS: Final = (
    "auto[ -]?reply", "auto[ -]?response", "automat(?:ic|ed|ische|ique|ica)[ -](?:reply|response|antwort|svar)",
    "automatische antwort", "autoantwort", "réponse automatique", "respuesta automática", "risposta automatica",
    "automatická odpověď", "out of (?:the )?office", "abwesen", "absence du bureau", "fuera de (?:la )?oficina",
    "fuori ufficio", "afwezig", "mimo kancelář", "vacation (?:reply|notice)", "on vacation", "im urlaub",
    "undeliver(?:able|ed)", "delivery status notification", "mail delivery fail", "returned mail",
)  # fmt: skip
_SUBJECT = re.compile(rf"\W{{0,5}}(?:(?:re|aw|sv):\s{{0,5}})?(?:{'|'.join(_SUBJECTS)})", re.IGNORECASE)
_MACHINES = re.compile(
    r"(?:mailer-daemon|postmaster|no[-_]?reply|do[-_]?not[-_]?reply|bounces?|daemon|autoreply|listserv|majordomo)\b",
    re.IGNORECASE,
)  # fmt: skip


def by_machine(letter: Letter, mark: str, own: frozenset[str]) -> str:
    """By what a machine showed itself, in words; '' where a person seems to have written.

    `mark` is that of our own e-mails, `own` are the addresses that we write from, in small letters.
    """
    head = letter.headers
    if letter.mark == mark or letter.sender.lower() in own:
        return "it is our own e-mail"
    said = head.get("auto-submitted", "no").split(";")[0].strip().lower()
    if said not in ("no", ""):
        return f"Auto-Submitted says {said[:40]}"
    if letter.envelope == "<>":
        return "it has no return path"
    if head.get("precedence", "").strip().lower() in _PRECEDENCE:
        return "Precedence says so"
    found = next((name for name in _FIELDS if name in head), "")
    if found:
        return f"{found} is set"
    if letter.report or letter.kind == "multipart/report":
        return "it is a report"
    if _MACHINES.match(letter.sender):
        return "its sender is a machine"
    return "its subject is that of an automatic reply" if _SUBJECT.match(letter.subject[:200]) else ""
