from ipaddress import ip_address

from allauth.account.adapter import DefaultAccountAdapter

from forum_site.client_address import client_address


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        """Accounts are made in the admin alone."""
        return False

    def is_safe_url(self, url):
        """What is no address is none to be led to: Python's parser raises on some, such as `http://[`."""
        try:
            return super().is_safe_url(url)
        except ValueError:
            return False

    def get_client_ip(self, request):
        """Return an address in any case: behind a socket there may be none, and all share the limits of one."""
        try:
            return str(ip_address(client_address(request)))
        except ValueError:
            return "::"
