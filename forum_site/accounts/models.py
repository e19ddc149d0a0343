from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _


class AccountManager(models.Manager):
    def end_sessions(self, user_id):
        """Refuse every session of an account from now on, whether it is listed or not."""
        self.get_or_create(user_id=user_id)
        self.filter(user_id=user_id).update(session_version=F("session_version") + 1)

    def require_new_password(self, user_id):
        self.update_or_create(user_id=user_id, defaults={"must_change_password": True})


class Account(models.Model):
    """What the site knows of an account beside Django's user. An account that needs none of it has no row."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="account", verbose_name=_("user")
    )
    session_version = models.PositiveIntegerField(_("session version"), default=0, db_default=0)
    must_change_password = models.BooleanField(_("must change the password"), default=False, db_default=False)

    objects = AccountManager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        default_permissions = ()  # No page of the admin shows it.

    def __str__(self):
        return str(self.user)
