"""How phones find the room, with the interfaces that laptops really have."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import psutil
import pytest

from leadgym.room.joining import ALONE, ONLY_SIX, joining, reachable


def interfaces(monkeypatch: pytest.MonkeyPatch, up: dict[str, list[str]], down: tuple[str, ...] = ()) -> None:
    def one(text: str) -> SimpleNamespace:
        return SimpleNamespace(address=text, family=socket.AF_INET6 if ":" in text else socket.AF_INET)

    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {name: [one(t) for t in texts] for name, texts in up.items()})
    monkeypatch.setattr(psutil, "net_if_stats", lambda: {name: SimpleNamespace(isup=name not in down) for name in up})


def test_the_likeliest_comes_first_and_what_leads_nowhere_is_left_out() -> None:
    found = reachable(
        {
            "lo": ["127.0.0.1", "::1"], "docker0": ["172.17.0.1"], "br-12ab": ["172.18.0.1"], "veth1": ["172.19.0.1"],
            "vEthernet (WSL)": ["172.20.0.1"], "VMware Network Adapter VMnet8": ["192.168.50.1"],
            "virbr0": ["192.168.122.1"], "tun0": ["10.8.0.2"], "Tailscale": ["100.101.1.1"], "wg0": ["10.9.0.1"],
            "eth0": ["93.184.216.34", "169.254.3.4"],
            "wlan0": ["192.168.1.20", "fe80::1%wlan0", "2001:db8::5"],
        }
    )  # fmt: skip
    assert found[:2] == ["192.168.1.20", "93.184.216.34"]
    assert set(found[2:]) == {"10.8.0.2", "100.101.1.1", "10.9.0.1"}, "a VPN's last"


def test_the_code_is_in_what_the_camera_reads_and_others_can_be_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    interfaces(monkeypatch, {"wlan0": ["192.168.1.20"], "eth0": ["10.0.0.4"], "eth1": ["10.1.0.4"]}, down=("eth1",))
    found = joining("ABCD", 8123)
    assert found.address == "http://10.0.0.4:8123"
    assert found.others == ("http://192.168.1.20:8123",), "one that is down is not named"
    assert found.qr.startswith("<svg")
    assert found.qr == joining("ABCD", 8123, found=["10.0.0.4"]).qr
    assert found.qr != joining("ABCE", 8123, found=["10.0.0.4"]).qr


@pytest.mark.parametrize(
    ("up", "sentence"),
    [
        ({}, ALONE),
        ({"lo": ["127.0.0.1", "::1"]}, ALONE),
        ({"docker0": ["172.17.0.1"], "eth0": ["fe80::1%eth0"]}, ALONE),
        ({"lo": ["127.0.0.1"], "eth0": ["2001:db8::5", "fe80::1%eth0"]}, ONLY_SIX),
    ],
)
def test_no_network_or_only_ipv6_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, up: dict[str, list[str]], sentence: str
) -> None:
    interfaces(monkeypatch, up)
    found = joining("ABCD", 8123)
    assert (found.address, found.qr, found.sentence) == ("", "", sentence)
    assert "count hands" in sentence


def test_the_address_of_a_tunnel_or_hub_is_believed() -> None:
    found = joining("ABCD", 8123, "https://hub.example/services/room/")
    assert found.address == "https://hub.example/services/room/"
    assert found.qr == joining("ABCD", 9, "https://hub.example/services/room").qr
