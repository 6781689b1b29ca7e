"""Why something was not taken: every reason by name, so that nothing bad is swallowed."""

from enum import StrEnum

import msgspec


class Reason(StrEnum):
    """The typed reasons for which an item, or a whole request, is refused."""

    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_TYPE = "unknown_type"
    MISSING_FIELD = "missing_field"
    NOT_A_NUMBER = "not_a_number"
    BAD_CHARACTER = "bad_character"
    ID_TOO_LONG = "id_too_long"
    TOO_MANY_IDENTIFIERS = "too_many_identifiers"
    TIME_OUT_OF_RANGE = "time_out_of_range"
    BAD_TIME = "bad_time"
    NOT_ALLOWED_FOR_CLIENT = "not_allowed_for_client"
    CONFLICTING_DUPLICATE = "conflicting_duplicate"
    BAD_AMOUNT = "bad_amount"


class Rejection(msgspec.Struct, frozen=True):
    """One refused item: why, where in it (`$.properties.total`), in words, and its bytes."""

    reason: Reason
    where: str
    message: str
    body: bytes


class Refused(Exception):
    """Raised inside decoding where an item cannot be taken; carries reason, place and words."""

    def __init__(self, reason: Reason, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.reason = reason
        self.where = where
        self.message = message
