"""Calls to addresses that people typed in: never into our own network, never redirected, never longer than a moment.

The name is resolved once, every address that it has is looked at, and the call goes to the very address that was
looked at, so that a name which answers otherwise the second time (DNS rebinding) gains nothing.
"""

import asyncio
import socket
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec

MOST: Final = 64 * 1024
"""Bytes of an answer that are read; the rest is left."""
_NUMBERS: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("2002::/16"),
                   IPv6Network("2001::/32"), IPv6Network("::/96"))  # fmt: skip
"""Networks whose addresses hold an IPv4 address that a gateway would call."""

Address = IPv4Address | IPv6Address


class Refused(Exception):
    """The call was not made; the message says why, without the address."""


class Unanswered(Exception):
    """The call was made, or could not be, and no answer came in time."""


class Answer(msgspec.Struct, frozen=True):
    """A status, and the first bytes of what came with it."""

    status: int
    body: bytes


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet, whatever it is written as."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _NUMBERS):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


async def resolve(host: str, port: int, private: bool) -> str:
    """The address to call for a host. Raises Refused where any of its addresses may not be called, or it has none."""
    try:
        found = [ip_address(host.strip("[]"))]
    except ValueError:
        found = await _look_up(host, port)
    if not private and not all(map(is_public, found)):
        raise Refused("the address leads into a private network, which the setting `private` would allow")
    return str(found[0])


async def _look_up(host: str, port: int) -> list[Address]:
    try:
        rows = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unanswered("the name cannot be resolved") from error
    # An address of a link carries its zone behind a percent sign.
    found: list[Address] = [ip_address(str(row[4][0]).partition("%")[0]) for row in rows]
    if not found:
        raise Unanswered("the name has no address")
    return found


class Guarded:
    """Makes such calls; `private` allows addresses of internal networks, `timeout` in seconds is for a whole call."""

    def __init__(self, private: bool, timeout: float) -> None:
        self._private = private
        self._timeout = timeout
        # A proxy of the environment would call whatever it is told to.
        self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=timeout)

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Send this. Raises Refused and Unanswered."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._post(url, content, headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            raise Unanswered(type(error).__name__) from error

    async def _post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not host or parts.username is not None:
            raise Refused("the address is none of http or https")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = await resolve(host, port, self._private)
        pinned = httpx.URL(url).copy_with(host=address)
        request = self._client.build_request(
            "POST", pinned, content=content, headers={**headers, "Host": parts.netloc},
            # The certificate must be the name's.
            extensions={"sni_hostname": host, "timeout": httpx.Timeout(self._timeout).as_dict()},
        )  # fmt: skip
        response = await self._client.send(request, stream=True)
        try:
            return Answer(response.status_code, await _first(response))
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.aclose()


async def _first(response: httpx.Response) -> bytes:
    """The first bytes as they came: unpacking them could make them a thousand times as many."""
    kept = bytearray()
    async for chunk in response.aiter_raw():
        kept += chunk[: MOST - len(kept)]
        if len(kept) >= MOST:
            break
    return bytes(kept)
