"""Values that point at nobody: placeholders, test addresses, the retailer's own contacts."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import msgspec
import phonenumbers
from email_validator import EmailNotValidError, validate_email

# The reasons, as they are shown; `invalid` is given by the normaliser.
EMPTY = "empty"
PLACEHOLDER = "placeholder"
REPEATED = "repeated"
SEQUENCE = "sequence"
TEST = "test"
NO_REPLY = "no_reply"
OWN = "own"
INVALID = "invalid"

_WORDS = frozenset(
    (
        *("null", "nil", "none", "undefined", "object object", "nan", "na", "n/a", "n.a", "n.a.", "#n/a", "not set"),
        *("not provided", "not available", "anonymous", "anon", "unknown", "guest", "true", "false", "test"),
        "erased",  # what an erasure leaves where a value was
        *("0", "-1", "0.0", "-0", "-0.0", "-1.0", "inf", "-inf", "infinity", "-infinity"),
    )
)
# Quotes, brackets and escapes that a badly written template leaves around a value.
_WRAPPING = " \t\r\n\"'`´\\()<>[]{}«»‹›“”„‟‘’‚‛"
_LOCAL_JUNK = frozenset(["null", "none", "undefined", "unknown", "anonymous", "guest", "noemail", "nomail", "nobody"])
_LOCAL_TEST = re.compile(r"test(s|ing|er|user|mail|email|account)?\d{0,6}")
_LOCAL_NO_REPLY = ("noreply", "donotreply", "dontreply", "mailerdaemon")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_ALPHANUMERIC = re.compile(r"[^\W_]")
_DIGITS_UP = "0123456789" * 30
_DIGITS_DOWN = _DIGITS_UP[::-1]
_EVENT_TYPES = ("receipt_id", "order_id")
_SEQUENCE_TYPES = ("loyalty_id", "payment_token", "wallet_serial")
_SEQUENCE_FROM = 7


class Policy(msgspec.Struct, frozen=True, cache_hash=True):
    """What one retailer says of its identifiers.

    `region` (two letters, or '' for none) is the country that a phone number without a country code is read in;
    without one such a number is invalid. `programme` is the id space of loyalty and wallet ids. `own_domains`
    (ASCII, lower case; sub-domains count too) and `own_phones` (E.164) are the retailer's own and point at nobody;
    `blocked` holds more placeholders, in lower case. The same digit `repeated_from` times or more, and nothing
    else, is a placeholder: fewer may be a real number, as customer 11 and card 222 are.
    """

    region: str = "US"
    programme: str = "main"
    own_domains: frozenset[str] = frozenset()
    own_phones: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    repeated_from: int = 4

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "Policy":
        """The policy of a settings table with the fields' names as keys; ValueError names the key that is wrong."""
        for key in settings:
            if key not in cls.__struct_fields__:
                raise ValueError(f"{key}: no such setting of the identity policy")
        region = _text(settings, "region", "US").upper()
        if region and region not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError(f"region: must be a country of two letters (or '' for none), not {region!r}")
        repeated = settings.get("repeated_from", 4)
        if isinstance(repeated, bool) or not isinstance(repeated, int) or repeated < 2:
            raise ValueError(f"repeated_from: must be a whole number of at least 2, not {repeated!r}")
        return cls(
            region,
            _text(settings, "programme", "main"),
            frozenset(_own_domain(text) for text in _texts(settings, "own_domains")),
            frozenset(_own_phone(text, region) for text in _texts(settings, "own_phones")),
            frozenset(_bare(text) for text in _texts(settings, "blocked")),
            repeated,
        )


def placeholder_reason(text: str, policy: Policy) -> str:
    """Why `text`, of whatever type, is a word for "nothing" (`empty`, `placeholder`), or ''."""
    bare = _bare(text)
    if bare in _WORDS or bare in policy.blocked:
        return PLACEHOLDER
    return "" if _ALPHANUMERIC.search(bare) else EMPTY


def blocked_reason(type: str, value: str, policy: Policy, is_word: bool = False) -> str:
    """Why a normalised value of `type` points at nobody: one of the reasons of this module, or ''.

    With `is_word` it is known already that `placeholder_reason` has none.

    Quotes, brackets and case around a placeholder make no difference. Receipt and order ids are serial numbers, so
    for them 1111 and 1234567 are as good as any.
    """
    if not is_word and (reason := placeholder_reason(value, policy)):
        return reason
    if type in _EVENT_TYPES:
        return ""
    if type == "email":
        return _email_reason(value, policy)
    if type == "phone":
        return _phone_reason(value, policy)
    if _ends_unlike(value) and type not in _SEQUENCE_TYPES:
        return ""
    squeezed = _squeezed(_bare(value))
    if _is_repeated(squeezed, policy):
        return REPEATED
    return SEQUENCE if type in _SEQUENCE_TYPES and _is_sequence(squeezed) else ""


def e164(text: str, region: str) -> str | None:
    """A phone number in E.164 (with `;ext=` where it has an extension), or None where `text` cannot be one.

    A number is taken when its length fits its country; whether its prefix is in use is not asked, for that changes
    with each release of the number plan and would change what was once decided.
    """
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        # "00" is how much of the world writes "+", whatever the default region uses.
        return e164("+" + text[2:], region) if text.startswith("00") else None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return e164("+" + text[2:], region) if text.startswith("00") else None
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{value};ext={number.extension}" if number.extension else value


def _bare(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.lower().strip(_WRAPPING)


def _squeezed(bare: str) -> str:
    return bare if bare.isalnum() else _NOT_ALPHANUMERIC.sub("", bare)


def _ends_unlike(value: str) -> bool:
    """Whether the last two characters alone tell that it is no repetition, as of nearly all values."""
    end = value[-2:].lower()
    return len(end) == 2 and end.isascii() and end.isalnum() and end[0] != end[1]


def _is_repeated(squeezed: str, policy: Policy) -> bool:
    if len(squeezed) < 2 or squeezed.count(squeezed[0]) != len(squeezed):
        return False
    if squeezed[0] == "0":
        return True
    return len(squeezed) >= (policy.repeated_from if squeezed[0].isdigit() else 3)


def _is_sequence(squeezed: str) -> bool:
    return len(squeezed) >= _SEQUENCE_FROM and (squeezed in _DIGITS_UP or squeezed in _DIGITS_DOWN)


def _email_reason(value: str, policy: Policy) -> str:
    local, at, domain = value.rpartition("@")
    if not at:
        return REPEATED if _is_repeated(_squeezed(_bare(value)), policy) else ""
    name = _squeezed(_bare(local.partition("+")[0]))
    if name.startswith(_LOCAL_NO_REPLY):
        return NO_REPLY
    if _LOCAL_TEST.fullmatch(name):
        return TEST
    if name in _LOCAL_JUNK:
        return PLACEHOLDER
    if _is_repeated(name, policy):
        return REPEATED
    while domain:
        if domain in policy.own_domains:
            return OWN
        domain = domain.partition(".")[2]
    return ""


def _phone_reason(value: str, policy: Policy) -> str:
    number = value.partition(";")[0]
    if number in policy.own_phones:
        return OWN
    digits = _squeezed(number)
    tails = [digits]
    if number.startswith("+"):
        try:
            parsed = phonenumbers.parse(number)
            tails.append(phonenumbers.national_significant_number(parsed))
        except phonenumbers.NumberParseException:
            pass  # It is no number, which the normaliser says; here only its digits are looked at.
    if any(_is_repeated(tail, policy) for tail in tails):
        return REPEATED
    return SEQUENCE if any(_is_sequence(tail) for tail in tails) else ""


def _text(settings: Mapping[str, Any], key: str, default: str) -> str:
    value = settings.get(key, default)
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(f"{key}: must be a text, not {value!r}")
    return value


def _texts(settings: Mapping[str, Any], key: str) -> list[str]:
    values = settings.get(key, [])
    if not isinstance(values, list | tuple | set | frozenset) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"{key}: must be a list of texts, not {values!r}")
    return list(values)


def _own_domain(text: str) -> str:
    try:
        checked = validate_email("someone@" + text.strip().lower(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(f"own_domains: {text!r} is no domain of e-mail addresses") from error
    return str(checked.ascii_domain)


def _own_phone(text: str, region: str) -> str:
    value = e164(text, region)
    if value is None:
        where = f"in {region}" if region else "with a country code"
        raise ValueError(f"own_phones: {text!r} is no phone number {where}")
    return value
