"""Money and days as a message writes them, by the shop's locale."""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency

from regulars.messaging.message import Offer
from regulars.model.money import Amount, currency_code, exponent, minor_units
from regulars.model.rejection import Refused

PLAIN: Final = "en-GB"


@lru_cache(64)
def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(PLAIN, sep="-")


@lru_cache(4096)
def money(minor: int, currency: str, locale: str) -> str:
    """Minor units as an amount, such as €12.90; without a currency as a plain number."""
    value = Decimal(minor).scaleb(-exponent(currency))
    if not currency:
        return f"{value:,.2f}"
    return str(format_currency(value, currency, locale=_locale(locale)))


@lru_cache(4096)
def day(text: str, locale: str) -> str:
    """A day such as 2026-11-30 as 30 November 2026; a text that is no day stays as it is."""
    try:
        return str(format_date(date.fromisoformat(text), "long", locale=_locale(locale)))
    except ValueError:
        return text


def amount(text: str) -> Amount:
    """An amount and its currency, such as `12.90 EUR`. Raises ValueError."""
    number, _, code = text.strip().partition(" ")
    try:
        currency = currency_code(code.strip(), "$")
        minor = minor_units(number, currency, "$")
    except Refused:
        currency, minor = "", 0
    if not currency or minor <= 0:
        raise ValueError(f"must be an amount and its currency, such as 12.90 EUR, not {text!r}")
    return Amount(currency, minor, text)


def offer_words(offer: Offer, locale: str) -> dict[str, str]:
    """What templates know of an offer; what it does not say is not there."""
    said = {
        "title": offer.title, "code": offer.code, "terms": offer.terms,
        "percent": f"{offer.percent}%" if offer.percent else "",
        "from": day(offer.from_, locale) if offer.from_ else "",
        "until": day(offer.until, locale) if offer.until else "",
    }  # fmt: skip
    for name, text in (("price", offer.price), ("was", offer.was)):
        if text:
            found = amount(text)
            said[name] = money(found.minor, found.currency, locale)
    return {name: words for name, words in said.items() if words}
