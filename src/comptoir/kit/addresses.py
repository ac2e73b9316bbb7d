"""Web addresses as those read them who call them: the host in ASCII, numbers known for numbers.

Browsers and clients normalise a host before they use it, so a host is judged only afterwards:
`127。0。0。1` and `①②⑦.0.0.1` are the loopback.
"""

import ipaddress
import re
from urllib.parse import urlsplit

from yarl import URL

# What a host and its port are written with, once the host is in ASCII.
_PLACE = re.compile(r"(?:[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
# A name never ends in a number: 2130706433, 0x7f.1, 127.1 and 0177.0.0.1 are addresses.
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.IGNORECASE | re.DOTALL)


class TooLong(ValueError):
    """More characters than are kept."""


def read(text: str) -> URL:
    """An http or https address without a user name, its host in ASCII. Raises `ValueError`."""
    url = URL(text)
    if url.scheme not in {"http", "https"} or not url.raw_host:
        raise ValueError("only http and https addresses are called")
    if url.raw_user is not None or url.raw_password is not None:
        raise ValueError("an address carries no user name")
    return url


def is_ip(host: str) -> bool:
    """Whether a host is an IP address in its usual form."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_odd_number(host: str) -> bool:
    """Whether a host is a number that some would call, and that is no IP address as written."""
    return not is_ip(host) and (":" in host or _NUMBER.fullmatch(host) is not None)


def plain(text: str) -> str:
    """The address with its host in ASCII, all else byte for byte. Raises `ValueError`."""
    if not text.isprintable():
        raise ValueError("an address is printable")
    url, given = read(text), urlsplit(text).netloc
    host = url.raw_host or ""
    if is_odd_number(host) or (not given.isascii() and is_ip(host)):
        raise ValueError("the host is neither a name nor an IP address")
    place = given if given.isascii() else url.raw_authority
    if _PLACE.fullmatch(place) is None:
        raise ValueError("the host is not a name")
    return text if place == given else text.replace(given, place, 1)


def checked(text: str, most: int) -> str:
    """An address that somebody gives us to send people or messages to: plain, and not endless.

    The one check of every door. Raises `ValueError`; `TooLong` beyond `most` characters.
    """
    address = plain(text.strip())
    if len(address) > most:
        raise TooLong
    return address
