import pytest
from django.test import RequestFactory

from forum_site.core.http.client_ip import client_address

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(
    ("behind", "forwarded", "address"),
    [
        (False, "203.0.113.9", "192.0.2.1"),
        (True, "203.0.113.9", "203.0.113.9"),
        (True, "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        (True, "", "192.0.2.1"),
    ],
)
def test_address_is_believed_from_our_own_proxy_alone(settings, behind, forwarded, address):
    settings.BEHIND_PROXY = behind
    assert (
        client_address(RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR="192.0.2.1"))
        == address
    )
