import os
import secrets

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.urls import reverse
from django.utils.translation import gettext as _


class Command(BaseCommand):
    help = _(
        "Makes the first account that may enter the admin, where there is none: DJANGO_SUPERUSER_USERNAME with "
        "DJANGO_SUPERUSER_PASSWORD, else a made-up password that is printed this once."
    )

    def handle(self, **options):
        users = get_user_model().objects
        if users.filter(is_staff=True, is_active=True).exists():
            return
        name = os.environ.get("DJANGO_SUPERUSER_USERNAME") or "admin"
        if users.filter(username=name).exists():
            self.stdout.write(
                _("Nobody may enter the admin: %(name)s is there, but inactive or without staff status.")
                % {"name": name}
            )
            return
        password = os.environ.get("DJANGO_SUPERUSER_PASSWORD")
        users.create_superuser(name, password=password or (made_up := secrets.token_urlsafe(12)))
        self.stdout.write(
            _("Staff account for %(address)s: %(name)s") % {"address": reverse("admin:index"), "name": name}
        )
        if not password:
            self.stdout.write(_("Password, shown only now: %(password)s") % {"password": made_up})
