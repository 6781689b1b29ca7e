"""The link that a till prints on a receipt of the last days: the same however often it is asked for."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from regulars.clienteling.receipt import PATH, BadReceipt, claim_token, receipt_of
from regulars.model.rejection import Refused
from regulars.model.secret import Secret

AHEAD: Final = 300 * 1_000_000
"""A till's clock may be so far ahead of ours, in microseconds."""


class ClaimLink(msgspec.Struct, frozen=True):
    """Where a receipt is claimed, and until when, in microseconds since 1970 UTC."""

    link: str
    until: int


def claim_link(
    secret: Secret, base: str, space: str, said: Mapping[str, Any], at: int, now: int, days: int
) -> ClaimLink:
    """The link for the sale that `said` names (see `receipt_of`), made at `at`; all in microseconds since 1970 UTC.

    `base` is the address of the pages. Raises BadReceipt, also for a sale that is too old or yet to come.
    """
    try:
        receipt = receipt_of(space, said, at)
    except Refused as refused:
        raise BadReceipt(f"{refused.where[2:]}: {refused.message}") from None
    if at > now + AHEAD:
        raise BadReceipt("time: this sale is yet to come; check the till's clock")
    if now > receipt.until(days):
        raise BadReceipt(f"time: a receipt can be claimed for {days} days, and this sale was longer ago")
    return ClaimLink(f"{base}{PATH}{claim_token(secret, receipt)}", receipt.until(days))
