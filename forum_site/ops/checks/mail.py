from django.conf import settings
from django.core.checks import Info, Warning
from django.core.mail import get_connection
from django.utils.translation import gettext as _

from forum_site.core.checks import installation_check


@installation_check
def mail_can_be_sent():
    if not settings.MAIL:
        return [
            Info(
                _("Email is not set up: nobody can reset a forgotten password by email."),
                hint=_("Set EMAIL_URL and EMAIL_FROM, or let managers set new passwords."),
                id="forum_site.I001",
            )
        ]
    try:
        mail = get_connection("django.core.mail.backends.smtp.EmailBackend")
        mail.open()
        mail.close()
    except OSError as error:  # All errors of smtplib are.
        return [
            Warning(
                _("The mail server cannot be used: %(error)s.") % {"error": error},
                hint=_("Correct EMAIL_URL, or fix the server."),
                id="forum_site.W005",
            )
        ]
    return []
