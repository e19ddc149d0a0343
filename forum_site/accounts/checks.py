from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import Error, Warning
from django.utils.translation import gettext as _

from forum_site.accounts.mfa import PROOFS
from forum_site.core.checks import installation_check
from forum_site.core.text.plain import for_terminal

MAX_NAMED = 5


@installation_check
def there_is_a_superuser():
    if get_user_model().objects.filter(is_superuser=True, is_staff=True, is_active=True).exists():
        return []
    return [Error(_("There is no active superuser."), hint=_("Run manage.py createsuperuser."), id="forum_site.E015")]


@installation_check
def staff_have_second_factors():
    if not settings.SECOND_FACTOR_REQUIRED:
        return []
    staff = get_user_model().objects.filter(is_staff=True, is_active=True)
    without = staff.exclude(authenticator__type__in=PROOFS).order_by("username").values_list("username", flat=True)
    if not (names := list(without)):
        return []
    shown = ", ".join(names[:MAX_NAMED]) + (" …" if names[MAX_NAMED:] else "")
    return [
        Warning(
            _("Staff without two-factor authentication: %(number)s (%(names)s).")
            % {"number": len(names), "names": for_terminal(shown, 1000)},
            hint=_("Ask them to log in, which makes them set it up; deactivate accounts that are no longer used."),
            id="forum_site.W012",
        )
    ]
