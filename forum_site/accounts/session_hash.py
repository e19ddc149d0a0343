"""Which sessions of an account are valid.

Django compares the hash of the password with what each session began with. Here a number is compared, too, which rises
whenever a second factor is added or removed, by whatever page or command: so no session has to be found to be ended.
"""

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY as METHODS
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.models import Authenticator
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ObjectDoesNotExist
from django.db.models.signals import post_delete, post_save

from forum_site.accounts.mfa import PROOFS, has_second_factor
from forum_site.accounts.models import Account

_password_hash = AbstractBaseUser._get_session_auth_hash


def session_hash(user, secret=None):
    try:
        version = user.account.session_version
    except ObjectDoesNotExist:
        version = 0
    return f"{version}:{_password_hash(user, secret)}"


def end_other_sessions(user_id):
    """End all sessions of an account but the one of its owner that asks for it, which goes on under a new key."""
    Account.objects.end_sessions(user_id)
    if request := _own_request(user_id):
        request.user.account = Account.objects.get(user_id=user_id)
        update_session_auth_hash(request, request.user)


def _own_request(user_id):
    request = context.request
    return request if request and request.user.is_authenticated and request.user.pk == user_id else None


def on_added(sender, instance, created, raw, **kwargs):
    if not created or raw:
        return
    end_other_sessions(instance.user_id)
    if instance.type in PROOFS and (request := _own_request(instance.user_id)):
        record_authentication(request, request.user, "mfa", id=instance.pk, type=instance.type)  # It was just used.


def on_removed(sender, instance, origin, **kwargs):
    if getattr(origin, "model", type(origin)) is not Authenticator:
        return  # The account itself is being deleted, and its sessions with it.
    end_other_sessions(instance.user_id)
    request = _own_request(instance.user_id)
    if request and not has_second_factor(request.user):
        records = get_authentication_records(request, request.user)
        request.session[METHODS] = [record for record in records if record["method"] != "mfa"]


def connect(user_model):
    user_model.add_to_class("_get_session_auth_hash", session_hash)
    post_save.connect(on_added, sender=Authenticator)
    post_delete.connect(on_removed, sender=Authenticator)
