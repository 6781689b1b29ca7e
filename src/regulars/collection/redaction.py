"""What never reaches the log: card numbers, values of fields named like passwords, network addresses by policy.

It works on bytes, token by token, and changes nothing else: what is kept stays as it was received, and JSON that no
parser takes is redacted all the same. Two cheap looks at the whole body decide first whether there is work at all.
"""

import ipaddress
import json
import re
from enum import StrEnum
from functools import lru_cache

from regulars.collection.cards import has_card, hide_cards

CARD_MARK = b"[card]"
SECRET_MARK = b'"[redacted]"'


class IpPolicy(StrEnum):
    """What is kept of an IP address: all, its network (/24, IPv6 /48), or nothing."""

    KEEP = "keep"
    MASK = "mask"
    DROP = "drop"


def redact(text: bytes, policy: IpPolicy = IpPolicy.MASK) -> bytes:
    """The bytes that may be kept of a request's (possibly broken) JSON `text`; the same object when all may."""
    # The one-byte search comes first as it is forty times faster, and most bodies hold no escape at all.
    hidden = b"\\" in text and b"\\u00" in text and _ESCAPED.search(text) is not None
    if hidden or _may_hold_secret(text) or _may_hold_card(text):
        text = _walk(text)
    if policy is not IpPolicy.KEEP and (_IP_HINT in text):
        text = _IP_FIELD.sub(lambda found: found.group(1) + _masked(found.group(2), policy), text)
    return text


# --- the cheap looks -------------------------------------------------------------------------------------------------

_LETTERS = b"pswrdctvnmh"
_FOLD = bytes(c + 32 if 65 <= c <= 90 else c for c in range(256))
_NO_WORDS = bytes(c for c in range(256) if bytes((c,)).lower() not in _LETTERS + b'"=')
_WORDS = (b"pssw", b"pssphrs", b"pwd", b"scrt", b"cvv", b"cvc", b"crdn")
"""The secret names without vowels: the text shrinks to a quarter by one `translate`, and each search with it."""

_DIGITS = bytes(48 if 48 <= c <= 57 else 45 if c == 32 else c for c in range(256))
_RUNS = (b"0" * 14, b"0000-0000-0000-00", b"0000-000000-0000")
_ESCAPED = re.compile(rb"\\u00(?:3[0-9]|[46][1-9a-fA-F]|[57][0-9aA])")
_NAME = re.compile(rb'"([^"\\]{2,60})"\s*:|(?:[?&;"\s]|^)([A-Za-z0-9_.-]{2,40})=')


def _may_hold_secret(text: bytes) -> bool:
    short = text.translate(_FOLD, _NO_WORDS)
    if not any(word in short for word in _WORDS):
        return False
    return any(_is_secret(found.group(1) or found.group(2)) for found in _NAME.finditer(text))


def _may_hold_card(text: bytes) -> bool:
    shape = text.translate(_DIGITS)
    return any(run in shape for run in _RUNS) and has_card(text)


# --- names -----------------------------------------------------------------------------------------------------------

# Each of these must be found by a word of `_WORDS` once its vowels are gone.
_ANYWHERE = re.compile(rb"passw(?:or)?[dt]|passphrase|secretkey|secretaccess|cardnumber|cardnum")
_WHOLE = re.compile(rb".*(?:pwd|secrets?|cvv2?|cvc2?)|pwd.*|(?:payment|credit|debit|bank)?cardno")
_NOT_PAYMENT = re.compile(rb"loyalty|gift|member|club|customer")


@lru_cache(maxsize=4096)
def _is_secret(name: bytes) -> bool:
    plain = re.sub(rb"[^a-z0-9]", b"", name.lower())
    if b"card" in plain and _NOT_PAYMENT.search(plain):
        return False
    return bool(_ANYWHERE.search(plain) or _WHOLE.fullmatch(plain))


# Identifiers made by SDKs: 16 digits in a row there are chance, and a changed id would break deduplication.
_NEVER_CARDS = frozenset({b"messageId", b"anonymousId"})


# --- the walk --------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)("?)|[{}\[\],:]|[^\s"{}\[\],:]+', re.DOTALL)
_COLON = re.compile(rb"\s*:")
_IN_URL = re.compile(rb"([?&;]|^)([A-Za-z0-9_.-]{2,40})=([^&;#\"\\\s]+)")
_MARKS = frozenset({b"{", b"}", b"[", b"]", b",", b":"})
_CONSTANTS = frozenset({b"true", b"false", b"null"})


def _walk(text: bytes) -> bytes:
    """`text` with secret values and card numbers replaced, all other bytes as they were."""
    out: list[bytes] = []
    done = level = secret_above = 0
    name = b""
    for token in _TOKEN.finditer(text):
        whole = token.group()
        if whole in _MARKS:
            if whole in (b"{", b"["):
                level += 1
                secret_above = secret_above or (level if _is_secret(name) else 0)
            elif whole in (b"}", b"]"):
                secret_above = 0 if level == secret_above else secret_above
                level -= 1
            name = name if whole == b":" else b""
            continue
        if token.group(2) and _COLON.match(text, token.end()):
            name = _unescaped(token.group(1))
            kept = b'"' + hide_cards(name, CARD_MARK) + b'"' if has_card(name) else whole
        else:
            kept = _value(whole, token.group(1), name, bool(secret_above) or _is_secret(name))
        if kept is not whole:
            out += (text[done : token.start()], kept)
            done = token.end()
    return b"".join((*out, text[done:])) if out else text


def _value(whole: bytes, inner: bytes | None, name: bytes, secret: bool) -> bytes:
    if secret:
        # That there is a password, or none, is no secret.
        return whole if whole in _CONSTANTS or not (inner if inner is not None else whole) else SECRET_MARK
    if name in _NEVER_CARDS:
        return whole
    if inner is None:
        return b'"' + CARD_MARK + b'"' if has_card(whole) else _hide_in_urls(whole)
    plain = _unescaped(inner)
    clean = _hide_in_urls(hide_cards(plain, CARD_MARK))
    if clean == plain:
        return whole
    return json.dumps(clean.decode("utf-8", "surrogatepass")).encode() if plain is not inner else b'"' + clean + b'"'


def _hide_in_urls(text: bytes) -> bytes:
    return _IN_URL.sub(_hide_in_url, text) if b"=" in text else text


def _hide_in_url(found: re.Match[bytes]) -> bytes:
    return found.group(1) + found.group(2) + b"=[redacted]" if _is_secret(found.group(2)) else found.group()


def _unescaped(inner: bytes) -> bytes:
    """A string's text with its escapes resolved where they could hide a letter or a digit."""
    if not _ESCAPED.search(inner):
        return inner
    try:
        return str(json.loads(b'"' + inner + b'"', strict=False)).encode("utf-8", "surrogatepass")
    except ValueError:
        return inner


# --- addresses of the network ----------------------------------------------------------------------------------------

_IP_HINT = b'"ip'
_IP_FIELD = re.compile(rb'("ip(?:_?[aA]ddress)?"\s*:\s*)"([^"\\]*)"')


def _masked(address: bytes, policy: IpPolicy) -> bytes:
    if policy is IpPolicy.DROP:
        return b"null"
    return b'"' + _network(address) + b'"'


@lru_cache(maxsize=4096)
def _network(address: bytes) -> bytes:
    try:
        parsed = ipaddress.ip_address(address.decode("ascii").strip())
    except ValueError:
        return address
    # An IPv4 address may come wrapped as IPv6 (::ffff:192.0.2.1), where /48 would leave nothing of it.
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    length = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network((parsed, length), strict=False).network_address).encode()
