"""What happens to accounts, as lines of the log and, where a password or a factor changes, of the admin's history.

A line has the key of the account and the address of the client. What somebody typed is in none: people type passwords
into the field of the name.
"""

import logging

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import DatabaseError
from django.utils.translation import gettext as _

from forum_site.core.http.client_ip import client_address

logger = logging.getLogger("forum_site.accounts")


def note(action, request, account, level=logging.INFO, **facts):
    """Log what was done to the account of this key, or tried: None where no account is known."""
    facts = {"action": action, "account": account, "client": client_address(request) if request else None, **facts}
    facts = {name: value for name, value in facts.items() if value is not None}
    logger.log(level, "Account %s: %s", account, action, extra={"facts": facts})


def note_forbidden(request):
    try:
        key = request.user.pk
    except DatabaseError:
        key = None
    note("forbidden", request, key, logging.WARNING)


def note_in_history(user, message, by=None):
    from django.contrib.admin.models import CHANGE, LogEntry

    LogEntry.objects.log_actions((by or user).pk, [user], CHANGE, message, single_object=True)


def on_login(request, user, **kwargs):
    factors = [record["type"] for record in get_authentication_records(request, user) if record["method"] == "mfa"]
    note("login", request, user.pk, factor=factors[-1] if factors else None)


def on_login_failed(request, credentials, **kwargs):
    users = get_user_model()._default_manager.filter(username=credentials.get("username") or "")
    note("login_failed", request, users.values_list("pk", flat=True).first(), logging.WARNING)


def on_logout(request, user, **kwargs):
    if user:
        note("logout", request, user.pk)


def on_step(request, user, method, reauthenticated=False, type=None, **kwargs):
    if reauthenticated:
        note("confirmed", request, user.pk, factor=type)


def on_factor_failed(request, user, authenticator, **kwargs):
    note("factor_failed", request, user.pk, logging.WARNING, factor=authenticator.type)


def on_factor_added(request, user, authenticator, **kwargs):
    note("factor_added", request, user.pk, factor=authenticator.type)
    told = _("Two-factor authentication added: %(factor)s.") % {"factor": authenticator.get_type_display()}
    note_in_history(user, told)


def on_factor_removed(request, user, authenticator, **kwargs):
    note("factor_removed", request, user.pk, factor=authenticator.type)
    told = _("Two-factor authentication removed: %(factor)s.") % {"factor": authenticator.get_type_display()}
    note_in_history(user, told)


def on_codes_renewed(request, user, authenticator, **kwargs):
    note("recovery_codes_renewed", request, user.pk)
    note_in_history(user, _("Recovery codes renewed."))


def on_password_changed(request, user, **kwargs):
    note("password_changed", request, user.pk)
    note_in_history(user, _("Password changed."))


def on_password_reset(request, user, **kwargs):
    note("password_reset", request, user.pk)
    note_in_history(user, _("Password changed by a link that was mailed."))


def connect():
    user_logged_in.connect(on_login)
    user_login_failed.connect(on_login_failed)
    user_logged_out.connect(on_logout)
    account.authentication_step_completed.connect(on_step)
    account.password_changed.connect(on_password_changed)
    account.password_set.connect(on_password_changed)
    account.password_reset.connect(on_password_reset)
    mfa.authentication_failed.connect(on_factor_failed)
    mfa.authenticator_added.connect(on_factor_added)
    mfa.authenticator_removed.connect(on_factor_removed)
    mfa.authenticator_reset.connect(on_codes_renewed)
