"""Which addresses may be asked: those that anybody on the internet could ask, and nothing within our own walls.

Whoever may enter an event could else have this machine call others that only it can reach (SSRF). So a name is looked
up here, every address it has must be a public one, and the connection is made to the very address that was looked at:
a name that is answered otherwise a moment later (DNS rebinding) leads nowhere else. Redirects come here, too.
"""

import ipaddress
import socket
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _

PORTS = frozenset({80, 443})
# Beside what Python knows to be private: protocols' own numbers, and the way into IPv6 that nobody keeps any more.
NOT_HOSTS = [ipaddress.ip_network(each) for each in ("192.0.0.0/24", "192.88.99.0/24")]
# Of IPv6, only what is given out to the world; of that, not what leads back into IPv4, nor what is for books.
WORLD = ipaddress.ip_network("2000::/3")
NOT_THE_WORLD = [ipaddress.ip_network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]


class RefusedError(Exception):
    """`is_failure` tells whether a reader would not get there either."""

    def __init__(self, reason, is_failure=False):
        super().__init__(reason)
        self.reason, self.is_failure = reason, is_failure


class Target(NamedTuple):
    scheme: str
    host: str
    port: int
    path: str
    numbers: list


def is_public(number):
    """Return whether this IP address is one of the internet's."""
    ip = ipaddress.ip_address(number)
    if ip.version == 6:
        return ip in WORLD and not any(ip in network for network in NOT_THE_WORLD)
    if any(ip in network for network in NOT_HOSTS):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


class Guard:
    """`ports` and `also`, IP addresses that may be asked beside the public ones, are for tests."""

    def __init__(self, ports=PORTS, also=()):
        self._ports, self._also = ports, also

    def target(self, address):
        """Return whom to ask for `address`. Raises RefusedError, with the reason in words."""
        try:
            parts = urlsplit(address)
            scheme, port, host = parts.scheme, parts.port, parts.hostname or ""
            name = host if ":" in host else host.encode("idna").decode("ascii")
            path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
            if parts.query:
                path += "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~-._[]|")
        except ValueError:
            raise RefusedError(_("not a URL that can be checked"), is_failure=True) from None
        if scheme not in ("http", "https") or not name:
            raise RefusedError(_("not checked: it is not a website"))
        if parts.username is not None or parts.password is not None:
            raise RefusedError(_("not checked: it contains a user name or password"))
        port = port if port is not None else {"http": 80, "https": 443}[scheme]
        if port not in self._ports:
            raise RefusedError(_("not checked: it uses port %(port)s") % {"port": port})
        return Target(scheme, name, port, path, self._look_up(name, port))

    def _look_up(self, name, port):
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            if error.errno == socket.EAI_AGAIN:
                raise RefusedError(_("the name of the host could not be looked up"), is_failure=True) from None
            raise RefusedError(_("no such host"), is_failure=True) from None
        except (OSError, ValueError):
            raise RefusedError(_("no such host"), is_failure=True) from None
        numbers = list(dict.fromkeys(address[0] for *_rest, address in found))
        if not all(number in self._also or is_public(number) for number in numbers):
            raise RefusedError(_("it is in a private network, which readers cannot reach"), is_failure=True)
        return numbers
