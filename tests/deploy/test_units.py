"""What units of systemd let a process reach, and who reaches the sockets of the nodes."""

import ipaddress
import re

import pytest

from forum_site.linkcheck.ssrf import is_public
from rehearsals.deploy.units import DEPLOY
from tests.test_pins import ROOT

SYSTEMD = DEPLOY / "systemd"
NAMES = {  # systemd.resource-control(5)
    "localhost": ("127.0.0.0/8", "::1/128"),
    "link-local": ("169.254.0.0/16", "fe80::/64"),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
}


@pytest.fixture
def denied():
    """Return whether the link checker cannot reach an address."""
    text = (SYSTEMD / "forum-command@check_links.service.d" / "public-addresses.conf").read_text()
    words = " ".join(re.findall(r"^IPAddressDeny=(.*)", text, re.M)).split()
    networks = [ipaddress.ip_network(each) for word in words for each in NAMES.get(word, [word])]
    return lambda number: any(ipaddress.ip_address(number) in network for network in networks)


@pytest.mark.parametrize(
    "number",
    [
        *("127.0.0.1", "0.0.0.0", "10.1.2.3", "100.64.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.254"),
        *("192.0.0.8", "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "::1", "fe80::1", "fd00::1", "ff02::1"),
    ],
)
def test_link_checker_reaches_no_address_of_its_own_networks(denied, number):
    assert denied(number)
    assert not is_public(number)


@pytest.mark.parametrize("number", ["1.1.1.1", "9.255.255.255", "11.0.0.1", "100.128.0.1", "172.32.0.1", "2620:fe::fe"])
def test_link_checker_reaches_the_internet(denied, number):
    assert is_public(number)
    assert not denied(number)


def test_nginx_is_of_a_group_that_opens_sockets_and_no_data():
    folders = re.findall(r"^d (\S+) (\S+) (\S+) (\S+)", (DEPLOY / "tmpfiles.conf").read_text(), re.M)
    assert folders == [(f"/run/forum-{number}", "2750", "forum", "forum-web") for number in (1, 2)]
    for unit in SYSTEMD.glob("*.service"):
        text = unit.read_text()
        assert re.findall(r"^Group=(\S+)", text, re.M) == ["forum"]
        assert re.findall(r"^UMask=(\S+)", text, re.M) == ["0027"]
    manual = (ROOT / "docs" / "operations.md").read_text()
    assert re.findall(r"usermod .*--groups (\S+) www-data", manual) == ["forum-web"]
    assert re.findall(r"install -d (.*) /var/lib/forum\n", manual) == ["-o forum -g forum-web -m 0710"]
