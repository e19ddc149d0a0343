"""A password that a manager set opens the admin after its owner has changed it: two people know it until then.

What the console sets (createsuperuser, changepassword, ensure_superuser) is the choice of whoever runs the site, and
stays.
"""

from allauth.account.signals import password_changed, password_reset, password_set

from forum_site.accounts.models import Account


def on_own_password(user, **kwargs):
    Account.objects.filter(user=user).update(must_change_password=False)


def connect():
    for signal in (password_changed, password_reset, password_set):
        signal.connect(on_own_password)
