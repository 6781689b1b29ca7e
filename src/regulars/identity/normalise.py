"""One spelling for each identifier, so that equal things compare equal."""

import re
import unicodedata
from functools import lru_cache

import msgspec
from email_validator import EmailNotValidError, validate_email

from regulars.identity.blocked import INVALID, Policy, blocked_reason, e164, placeholder_reason

NORMALISER_VERSION = 1
MAX_VALUE = 256
CACHE_ENTRIES = 65_536

# Stands where a character was that no identifier holds. A value with it is invalid, and stays so when normalised
# again; leaving the character out instead would give a damaged value the spelling of somebody else's whole one.
_DAMAGE = "\ufffd"
_BAD = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_BLANKS = re.compile(r"[\t\n\r\f\v]")
# What copying from a web page or an address book leaves behind without showing it.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_SPACES_AND_HYPHENS = re.compile("[\\s\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d-]+")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_PLAIN = re.compile(r"[!-~]+")
# Short enough on both sides that no limit of length is met.
_PLAIN_ADDRESS = re.compile(r"([a-z0-9][a-z0-9_+-]{0,29}(?:\.[a-z0-9_+-]{1,30})?)@([a-z0-9.-]{1,150})")


class Normalised(msgspec.Struct, frozen=True):
    """A value in its one spelling; `blocked` says why it points at nobody, or ''."""

    value: str
    blocked: str = ""


def normalise(type: str, raw: str, policy: Policy) -> Normalised:
    """The one spelling of `raw` as an identifier of `type`, of at most `MAX_VALUE` characters.

    Idempotent, and `blocked` depends on the resulting value only. Nothing is an error: what cannot be normalised is
    kept, trimmed, in lower case and cut, as `invalid`. Results for phones and e-mails are kept in a cache of
    `CACHE_ENTRIES`; all others cost less to find than to look up.
    """
    if (type == "email" or type == "phone") and len(raw) <= MAX_VALUE:
        return _contact(type, raw, policy)
    # Longer ones are not kept, so that the cache stays bounded in bytes too.
    return _normalise(type, raw, policy)


def _normalise(type: str, raw: str, policy: Policy) -> Normalised:
    text = _clean(raw, "NFKC")
    if _DAMAGE in text:
        return Normalised(_kept(text), INVALID)
    # Asked before the form, which would make the card -1 into card 1.
    if reason := placeholder_reason(text, policy):
        return Normalised(_kept(text), reason)
    value = _form(type, raw, text, policy)
    if value is None or len(value) > MAX_VALUE:
        kept = _kept(text if value is None else value)
        return Normalised(kept, blocked_reason(type, kept, policy) or INVALID)
    if reason := blocked_reason(type, value, policy, is_word=value == text):
        return Normalised(_kept(value), reason)
    return Normalised(value)


_contact = lru_cache(maxsize=CACHE_ENTRIES)(_normalise)


def _form(type: str, raw: str, text: str, policy: Policy) -> str | None:
    if type == "email":
        return _email(text.lower())
    if type == "phone":
        return _phone(text.lower(), policy.region)
    if type == "user_id":
        # The retailer's own key: exactly as given, but for how its accents are encoded.
        return raw if text is raw else _clean(raw, "NFC")
    if type == "loyalty_id":
        # NFKC again, for an upper case may come apart into more than one character.
        return unicodedata.normalize("NFKC", _SPACES_AND_HYPHENS.sub("", text).upper())
    if type == "social_handle":
        return text.lower().lstrip("@ ")
    if type == "device_id" and _UUID.fullmatch(text):
        # One platform writes its advertising ids in upper case, the services that pass them on in lower case.
        return text.lower()
    return text


def _email(text: str) -> str | None:
    """The address in lower case, its domain in ASCII, or None.

    A local part may by RFC 5321 tell cases apart; no provider of note does, while people type their address in every
    case, so keeping case would split one person far more often than lower case joins two. What follows a plus sign
    is kept: what it means is the provider's affair.
    """
    if (plain := _PLAIN_ADDRESS.fullmatch(text)) is not None:
        # Any domain that is good behind one such name is good behind every other: few domains have most addresses.
        domain = _domain(plain[2])
        return None if domain is None else f"{plain[1]}@{domain}"
    return _checked(text)


def _checked(text: str) -> str | None:
    try:
        checked = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    value = f"{checked.local_part.lower()}@{checked.ascii_domain.lower()}"
    return value if value == text or value.isascii() or _checked(value) == value else None


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str | None:
    checked = _checked(f"a@{domain}")
    return None if checked is None else checked.removeprefix("a@")


def _phone(text: str, region: str) -> str | None:
    value = e164(text, region)
    # Some number plans take a prefix off each time a number is read.
    return value if value is None or e164(value, region) == value else None


def _clean(raw: str, form: str) -> str:
    """`raw` trimmed and in a Unicode normal form, without invisible marks, damage marked."""
    if _PLAIN.fullmatch(raw):
        return raw
    text = _INVISIBLE.sub("", _BLANKS.sub(" ", raw)).strip()
    text = _BAD.sub(_DAMAGE, text)
    return text if text.isascii() else unicodedata.normalize(form, text).strip()  # type: ignore[arg-type]


def _kept(text: str) -> str:
    """`text` in lower case, cut; the end of a cut value is marked, so that it never passes for a whole one."""
    text = unicodedata.normalize("NFKC", text.lower()).strip()
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + _DAMAGE
