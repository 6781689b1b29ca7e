"""The rows of the profile tables as binary COPY takes them."""

from regulars.storage.binary import SIXTEEN, data, day_counts, header, text, word

_FRAGMENT, _INTERACTION = header(3) + SIXTEEN, header(6) + SIXTEEN


def fragment_row(bundle: bytes, body: bytes, name: str) -> bytes:
    """A row of `fragments`."""
    return _FRAGMENT + bundle + data(body) + word(name)


def interaction_row(bundle: bytes, product: str, kind: str, day: int, n: int, last: int) -> bytes:
    """A row of `interactions`."""
    return _INTERACTION + bundle + text(product) + word(kind) + day_counts(day, n, last)
