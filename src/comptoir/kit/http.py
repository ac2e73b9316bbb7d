"""The one way out: an HTTP client that refuses private addresses, redirects and endless bodies.

The address that is checked is the address that is connected to: names are resolved here, every
answer is checked, and the connector gets nothing else. A failed call raises `TransportFault`,
whose kind says whether anything can have reached the other side.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from comptoir.kit import addresses

CONNECT_SECONDS = 5
READ_SECONDS = 30
MAX_ANSWER_BYTES = 4 * 1024 * 1024
MAX_CONNECTIONS = 100
_CHUNK = 64 * 1024
# Networks that carry an IPv4 address inside: NAT64, 6to4 and Teredo would reach private hosts.
_WRAPPERS = (
    ipaddress.IPv6Network("64:ff9b::/96"),
    ipaddress.IPv6Network("64:ff9b:1::/48"),
    ipaddress.IPv6Network("2002::/16"),
    ipaddress.IPv6Network("2001::/32"),
)


class FaultKind(StrEnum):
    REFUSED = "refused"  # Nobody listens, or there is no way there.
    DNS = "dns"
    TLS = "tls"
    BLOCKED = "blocked"  # Our own guard: the address is not one to call.
    BUSY = "busy"  # Our own queue or breaker; nothing was sent.
    TIMEOUT = "timeout"  # Sent, or perhaps sent, and no answer in time.
    RESET = "reset"  # The connection ended before the whole answer.
    TOO_LARGE = "too_large"  # An answer came, larger than any honest one.
    PROTOCOL = "protocol"  # An answer came that is not HTTP.


# With these nothing of ours can have reached the other side.
NOTHING_SENT = frozenset(
    {FaultKind.REFUSED, FaultKind.DNS, FaultKind.TLS, FaultKind.BLOCKED, FaultKind.BUSY}
)


class TransportFault(Exception):
    """A call without a usable answer. The text never contains what was sent."""

    def __init__(self, kind: FaultKind, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else str(kind))
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    headers: Mapping[str, str]  # Names in lower case.
    body: bytes


def is_public(text: str) -> bool:
    """Whether an IP address belongs to the open internet."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(str(address.ipv4_mapped))
        if any(address in network for network in _WRAPPERS):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_callable(text: str, *, allow_private: bool) -> bool:
    """Whether an IP address may be called. Link-local ones (cloud metadata) never may."""
    if not allow_private:
        return is_public(text)
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_callable(str(address.ipv4_mapped), allow_private=True)
        if any(address in network for network in _WRAPPERS):
            return False
    return not (address.is_link_local or address.is_multicast)


class _CheckedResolver(AbstractResolver):
    """Resolves names and hands on only addresses that may be called."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        results: list[ResolveResult] = []
        for kind, _, proto, _, address in found:
            if not is_callable(str(address[0]), allow_private=self._allow_private):
                # One bad address condemns the name: it may be a rebinding trick.
                raise TransportFault(FaultKind.BLOCKED, "the name leads to a private address")
            results.append(
                ResolveResult(
                    hostname=host,
                    host=str(address[0]),
                    port=port,
                    family=kind,
                    proto=proto,
                    flags=socket.AI_NUMERICHOST,
                )
            )
        return results

    async def close(self) -> None:
        """Nothing is held."""


# Guarded and open sessions never share a pooled connection.
_sessions: dict[bool, tuple[asyncio.AbstractEventLoop, aiohttp.ClientSession]] = {}


def _session(allow_private: bool) -> aiohttp.ClientSession:
    loop = asyncio.get_running_loop()
    known = _sessions.get(allow_private)
    if known is not None and known[0] is loop and not known[1].closed:
        return known[1]
    connector = aiohttp.TCPConnector(
        limit=MAX_CONNECTIONS,
        resolver=_CheckedResolver(allow_private=allow_private),
        use_dns_cache=False,
    )
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        headers={"User-Agent": "Comptoir"},
    )
    _sessions[allow_private] = (loop, session)
    return session


async def close() -> None:
    """Close the pooled connections, at the end of the process."""
    for _, session in list(_sessions.values()):
        await session.close()
    _sessions.clear()


def _target(url: str, allow_private: bool) -> URL:
    """What will be called: judged and called as the client itself reads it."""
    try:
        target = addresses.read(url)
    except ValueError:
        raise TransportFault(FaultKind.BLOCKED, "not an address that is called") from None
    host = target.raw_host or ""
    if addresses.is_odd_number(host):
        # The client takes it for an IP address and asks no resolver.
        raise TransportFault(FaultKind.BLOCKED, "the address is a number in disguise")
    if addresses.is_ip(host) and not is_callable(host, allow_private=allow_private):
        raise TransportFault(FaultKind.BLOCKED, "the address is private")
    return target  # With a name: the resolver checks what it leads to.


async def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout: float = READ_SECONDS,  # noqa: ASYNC109  aiohttp keeps the time, per phase.
    allow_private: bool = False,
    max_bytes: int = MAX_ANSWER_BYTES,
) -> HttpAnswer:
    """One exchange. Redirects are answers like any other. Raises `TransportFault`."""
    target = _target(url, allow_private)
    limits = aiohttp.ClientTimeout(
        total=CONNECT_SECONDS + timeout, sock_connect=CONNECT_SECONDS, sock_read=timeout
    )
    try:
        async with _session(allow_private).request(
            method, target, headers=headers, data=body, timeout=limits, allow_redirects=False
        ) as response:
            content = await _read(response, max_bytes)
            names = {name.lower(): value for name, value in response.headers.items()}
            return HttpAnswer(response.status, names, content)
    except (aiohttp.ClientError, ssl.SSLError, TimeoutError, OSError, ValueError) as error:
        # The cause is cut: client errors carry addresses and headers of the request.
        raise _fault(error) from None


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > max_bytes:
            raise TransportFault(FaultKind.TOO_LARGE, f"more than {max_bytes} bytes")
    return bytes(content)


def _fault(error: BaseException) -> TransportFault:
    """Which fault an exception of the client means. In doubt: something may have been sent."""
    name = type(error).__name__
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return TransportFault(FaultKind.DNS, name)
    if isinstance(error, (aiohttp.ClientSSLError, ssl.SSLCertVerificationError)):
        return TransportFault(FaultKind.TLS, name)
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        return TransportFault(FaultKind.REFUSED, name)
    if isinstance(error, aiohttp.InvalidURL):
        return TransportFault(FaultKind.BLOCKED, name)
    if isinstance(error, TimeoutError):
        return TransportFault(FaultKind.TIMEOUT, name)
    if isinstance(error, (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, OSError)):
        return TransportFault(FaultKind.RESET, name)
    return TransportFault(FaultKind.PROTOCOL, name)
