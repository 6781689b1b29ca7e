"""The installation's secret: it keys every hash, since plain hashes of phone numbers can be reversed."""

import hmac


class Secret:
    """Keyed hashes under one installation's secret."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("the secret must have at least 16 bytes")
        self._key = key

    def mac(self, label: str, *parts: str, size: int = 16) -> bytes:
        """HMAC-SHA-256 of the NUL-joined label and parts, cut to `size` bytes; parts must hold no NUL."""
        return hmac.digest(self._key, "\0".join((label, *parts)).encode("utf-8", "surrogatepass"), "sha256")[:size]

    def mac_bytes(self, label: str, content: bytes, size: int = 16) -> bytes:
        """HMAC-SHA-256 of a label and raw bytes, cut to `size` bytes."""
        return hmac.digest(self._key, label.encode() + b"\0" + content, "sha256")[:size]
