"""Identifiers as they may be shown to who holds a link: enough to recognise one's own, too little to learn it."""

from regulars.model.identifier import Identifier

DOTS = "•••"


def masked(identifier: Identifier) -> str:
    """An identifier with its middle left out."""
    value = identifier.value
    if identifier.type == "email":
        name, _, domain = value.rpartition("@")
        host, dot, end = domain.rpartition(".")
        return f"{name[:1]}{DOTS}@{host[:1]}{DOTS}{dot}{end}"
    if identifier.type == "phone":
        return f"{value[:3]} {DOTS} {value[-2:]}" if len(value) > 7 else DOTS
    return f"{DOTS}{value[-3:]}" if len(value) > 6 else DOTS
