"""How phones find the room: this machine's addresses, the best as a QR code, and what to say when none works."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import segno

NOT_OUTSIDE = (
    "docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lxc", "lxdbr", "podman", "cni", "flannel", "cali",
    "vethernet", "vmware", "virtualbox",
)  # fmt: skip
"""How interfaces begin, in small letters, that lead only to programs on this machine."""
ALONE = (
    "This machine is on no network that phones could reach. Join one, or open a hotspot on a phone and join that; then "
    "start the room again. Until then: count hands (on the prompts)."
)
ONLY_SIX = (
    "This machine has only IPv6 addresses, and the room listens on IPv4. Join a network that has IPv4, or a phone's "
    "hotspot; then start the room again. Until then: count hands (on the prompts)."
)
NOBODY_CAME = (
    "If the page does not open on phones, the network keeps devices apart, as guest networks do. A phone's hotspot "
    "helps, or --address with a tunnel's address. Or count hands (on the prompts)."
)

NOBODY_CAME_TO_A_HUB = (
    "If the page does not open on phones, their network does not reach the hub: try mobile data, or the other way "
    "round. Or count hands (on the prompts)."
)
NO_PUBLIC_ADDRESS = (
    "Phones cannot find this room: the hub has not been told the address by which it is reached. Whoever runs it says "
    "hub restart --public https://hub.example.org, with its own. Until then: count hands (on the prompts)."
)


@dataclass(frozen=True)
class Joining:
    """What the screen shows: the address to type, others to try, the QR code as ``<svg>``, and a sentence."""

    address: str
    others: tuple[str, ...]
    qr: str
    sentence: str


def joining(code: str, port: int, given: str = "", found: Sequence[str] | None = None) -> Joining:
    """How to join a room with ``code`` that listens on ``port``.

    ``given``: the address that reaches it, where a tunnel, a proxy or a hub stands before it; it is believed.
    ``found``: this machine's addresses, looked up when None.
    """
    if given:
        return Joining(given, (), _qr(f"{given.rstrip('/')}/?c={code}"), NOBODY_CAME)
    here = {} if found is not None else _interfaces()
    addresses = [f"http://{host}:{port}" for host in (reachable(here) if found is None else found)]
    if not addresses:
        return Joining("", (), "", ONLY_SIX if _has_six(here) else ALONE)
    return Joining(addresses[0], tuple(addresses[1:4]), _qr(f"{addresses[0]}/?c={code}"), NOBODY_CAME)


def on_a_hub(code: str, address: str) -> Joining:
    """How to join a room with ``code`` on a hub whose participants' pages are at ``address``, empty where unknown."""
    if not address:
        return Joining("", (), "", NO_PUBLIC_ADDRESS)
    return Joining(address.rstrip("/"), (), _qr(f"{address.rstrip('/')}/?c={code}"), NOBODY_CAME_TO_A_HUB)


def reachable(interfaces: Mapping[str, Iterable[str]]) -> list[str]:
    """The IPv4 addresses that phones may reach, the likeliest first.

    ``interfaces``: addresses by interface, of those that are up. Loopback, link-local addresses and the networks of
    containers and virtual machines are left out; a private network comes before a public address, a VPN's last.
    """
    ranked = []
    for full, addresses in interfaces.items():
        name = full.lower()
        for text in addresses:
            address = ipaddress.ip_address(text.partition("%")[0])
            if address.version != 4 or address.is_loopback or address.is_link_local or name.startswith(NOT_OUTSIDE):
                continue
            vpn = name.startswith(("tun", "utun", "wg", "ppp", "tailscale", "zt", "nordlynx", "proton"))
            ranked.append((vpn, not address.is_private, name, text))
    return [text for *_, text in sorted(ranked)]


def _has_six(interfaces: Mapping[str, Iterable[str]]) -> bool:
    """Whether there is an IPv6 address that leads off this machine."""
    found = [ipaddress.ip_address(text.partition("%")[0]) for texts in interfaces.values() for text in texts]
    return any(address.version == 6 and not address.is_loopback and not address.is_link_local for address in found)


def _interfaces() -> dict[str, list[str]]:
    import psutil

    up = {name for name, about in psutil.net_if_stats().items() if about.isup}
    return {
        name: [address.address for address in addresses if address.family in (socket.AF_INET, socket.AF_INET6)]
        for name, addresses in psutil.net_if_addrs().items()
        if name in up
    }


def _qr(text: str) -> str:
    """The text as a QR code with the quiet zone that cameras need, sized by its place."""
    return segno.make(text, error="m", micro=False).svg_inline(border=4, omitsize=True, dark="#000", light="#fff")
