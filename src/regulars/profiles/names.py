"""The words by which a customer's name is searched."""

import msgspec

from regulars.profiles.fragment import Fragment
from regulars.profiles.traits import TOMBSTONE

FIELDS = ("name", "firstName", "lastName", "first_name", "last_name")
LONGEST = 200

_decode = msgspec.json.Decoder().decode


def search_name(fragment: Fragment) -> str:
    """All that servers, or else clients, call her, in lower case, cut at `LONGEST` characters; '' without a name."""
    registers = fragment.traits or fragment.claimed
    words = []
    for field in FIELDS:
        register = registers.get(field)
        if register is not None and register.value != TOMBSTONE:
            said = _decode(register.value)
            if isinstance(said, str):
                words.append(said.replace("\0", ""))
    return " ".join(" ".join(words).split()).lower()[:LONGEST]
