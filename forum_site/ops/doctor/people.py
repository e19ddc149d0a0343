"""Who can enter the admin, and with what."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from forum_site.accounts.mfa import PROOFS
from forum_site.ops.doctor.finding import serious, warning

NAMED = 5


def somebody_may_do_everything():
    if get_user_model().objects.filter(is_superuser=True, is_staff=True, is_active=True).exists():
        return None
    return serious(_("Nobody may do everything in the admin."), _("manage.py createsuperuser"))


def staff_have_second_factors():
    if not settings.SECOND_FACTOR_REQUIRED:
        return None
    staff = get_user_model().objects.filter(is_staff=True, is_active=True)
    lacking = staff.exclude(authenticator__type__in=PROOFS).order_by("username").values_list("username", flat=True)
    if not (names := list(lacking)):
        return None
    return warning(
        _("Staff without a second factor: %(number)s (%(names)s).")
        % {"number": len(names), "names": ", ".join(names[:NAMED]) + (" …" if names[NAMED:] else "")},
        _("Have them sign in, which leads them to it; make inactive who does not come any more."),
    )
