"""Which addresses may be called: everything public, and what an operator names.

A URL may come from a file, a form or another system. Whoever writes it must not reach what only we
can reach: our own host, the cloud's metadata, the databases next door.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# What the registries gave out for use between hosts, and the parts of it that lead elsewhere:
# Teredo and 6to4 carry an IPv4 address inside, the others are for documentation and for anycast.
_PUBLIC_IPV6 = IPv6Network("2000::/3")
_NOT_PUBLIC: tuple[Network, ...] = (
    IPv6Network("2001::/23"),
    IPv6Network("2001:db8::/32"),
    IPv6Network("2002::/16"),
    IPv6Network("3fff::/20"),
    IPv4Network("192.88.99.0/24"),
)
# What a host that is named may turn out to have: never the cloud's metadata (link-local).
_OWN: tuple[Network, ...] = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),
    IPv4Network("127.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
    IPv6Network("::1/128"),
    IPv6Network("fc00::/7"),
)
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.ASCII)
_LONGEST_HOST = 253
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Own:
    """Hosts and networks of one's own that may be called although they are not public."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    def names(self, host: str) -> bool:
        """Whether the host is named, or is an address in a network that is."""
        try:
            address = plain(ipaddress.ip_address(host))
        except ValueError:
            return host in self.hosts
        return host in self.hosts or self.holds(address)

    def holds(self, address: Address) -> bool:
        """Whether the address is in a network that is named."""
        return any(address in network for network in self.networks)


NONE = Own()


def read_own(written: Sequence[str]) -> Own:
    """``prometheus.internal`` names a host, ``10.1.0.0/16`` a network, ``10.1.2.3`` one address.

    Raises ValueError for anything else.
    """
    hosts: set[str] = set()
    networks: list[Network] = []
    for each in written:
        word = each.strip().lower().removesuffix(".")
        try:
            networks.append(ipaddress.ip_network(word))
        except ValueError:
            if not is_host_name(word):
                raise ValueError(f"{each} is neither a host name nor a network") from None
            hosts.add(word)
    return Own(frozenset(hosts), tuple(networks))


def is_host_name(word: str) -> bool:
    """Whether it can only be a name: what ends in a number is an address in some notation.

    127.1, 0x7f.1 and 2130706433 are all 127.0.0.1 to a resolver, and to nobody who reads them.
    """
    last = word.rpartition(".")[2]
    is_sound = len(word) <= _LONGEST_HOST and _HOST.fullmatch(word) is not None
    return is_sound and not _NUMBER.fullmatch(last)


def plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 spelling (``::ffff:10.0.0.1``) stands for, or itself."""
    return getattr(address, "ipv4_mapped", None) or address


def may_call(address: Address, host: str, own: Own) -> bool:
    """Whether ``host``, which turned out to have ``address``, may be called there."""
    address = plain(address)
    if _is_public(address) or own.holds(address):
        return True
    return host in own.hosts and any(address in network for network in _OWN)


def _is_public(address: Address) -> bool:
    if any(address in network for network in _NOT_PUBLIC):
        return False
    if isinstance(address, IPv6Address):
        return address in _PUBLIC_IPV6
    return address.is_global and not address.is_multicast and not address.is_reserved
