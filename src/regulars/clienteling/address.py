"""By what a customer ties a receipt to herself: an e-mail address, a phone or a card, and one of them only."""

from collections.abc import Mapping
from typing import Final

from regulars.identity.blocked import Policy
from regulars.identity.normalise import MAX_VALUE, normalise
from regulars.identity.rules import Rules
from regulars.model.identifier import Identifier

TYPES: Final = ("email", "phone", "loyalty_id")
LETTERS: Final = 3
"""A card's number has at least so many characters; fewer are a slip of the finger."""


class BadAddress(ValueError):
    """What was typed is no address; the message says so to the customer."""


def address_of(said: Mapping[str, str], policy: Policy, rules: Rules) -> Identifier:
    """The one address that was typed. Raises BadAddress.

    One only: two in one event would say that both are one person's, and a stranger's word must join nobody.
    """
    typed = [(type_, said[type_].strip()) for type_ in TYPES if said.get(type_, "").strip()]
    if len(typed) != 1:
        raise BadAddress("Please fill in one of the three: e-mail address, phone number or card number.")
    type_, raw = typed[0]
    found = normalise(type_, raw, policy) if len(raw) <= MAX_VALUE else None
    short = type_ == "loyalty_id" and found is not None and len(found.value) < LETTERS
    if found is None or found.blocked or short:
        raise BadAddress(_WRONG[type_])
    space = policy.programme if rules.rule_of(type_).space == "programme" else ""
    return Identifier(type_, space, found.value)


_WRONG: Final = {
    "email": "This e-mail address does not look right. Please check it.",
    "phone": "This phone number does not look right. Please begin with + and the country, such as +44.",
    "loyalty_id": "This card number does not look right. Please check it.",
}
