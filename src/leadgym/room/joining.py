"""How phones find the room: this machine's addresses, the best as a QR code, and what to say when none works."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import segno

NOT_OUTSIDE = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lxc", "podman", "cni", "flannel")
"""How interfaces begin that lead only to programs on this machine."""
ALONE = (
    "This machine is on no network that phones could reach. Join one, or open a hotspot on a phone and join that; then "
    "start the room again. Until then: count hands (on the prompts)."
)
NOBODY_CAME = (
    "If the page does not open on phones, the network keeps devices apart, as guest networks do. A phone's hotspot "
    "helps, or --address with a tunnel's address. Or count hands (on the prompts)."
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
    addresses = [f"http://{host}:{port}" for host in (reachable(_interfaces()) if found is None else found)]
    if not addresses:
        return Joining("", (), "", ALONE)
    return Joining(addresses[0], tuple(addresses[1:4]), _qr(f"{addresses[0]}/?c={code}"), NOBODY_CAME)


def reachable(interfaces: Mapping[str, Iterable[str]]) -> list[str]:
    """The IPv4 addresses that phones may reach, the likeliest first.

    ``interfaces``: addresses by interface, of those that are up. Loopback, link-local addresses and the networks of
    containers and virtual machines are left out; a private network comes before a public address, a VPN's last.
    """
    ranked = []
    for name, addresses in interfaces.items():
        for text in addresses:
            address = ipaddress.ip_address(text)
            if address.version != 4 or address.is_loopback or address.is_link_local or name.startswith(NOT_OUTSIDE):
                continue
            vpn = name.startswith(("tun", "utun", "wg", "ppp", "tailscale", "zt"))
            ranked.append((vpn, not address.is_private, name, text))
    return [text for *_, text in sorted(ranked)]


def _interfaces() -> dict[str, list[str]]:
    import psutil

    up = {name for name, about in psutil.net_if_stats().items() if about.isup}
    return {
        name: [address.address for address in addresses if address.family == socket.AF_INET]
        for name, addresses in psutil.net_if_addrs().items()
        if name in up
    }


def _qr(text: str) -> str:
    """The text as a QR code with the quiet zone that cameras need, sized by its place."""
    return segno.make(text, error="m", micro=False).svg_inline(border=4, omitsize=True, dark="#000", light="#fff")
