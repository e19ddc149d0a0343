"""What the site talks to beside its database: the mail server."""

from django.conf import settings
from django.core.mail import get_connection
from django.utils.translation import gettext as _

from forum_site.ops.doctor.finding import note, warning


def mail_can_be_sent():
    if not settings.MAIL:
        return note(
            _("Mail is not set up: nobody can reset a lost password by mail."),
            _("Set EMAIL_URL and EMAIL_FROM, or let managers set new passwords."),
        )
    try:
        mail = get_connection("django.core.mail.backends.smtp.EmailBackend")
        mail.open()
        mail.close()
    except OSError as error:  # All of smtplib's errors are.
        return warning(
            _("The mail server cannot be used: %(error)s.") % {"error": error}, _("Mend EMAIL_URL, or that server.")
        )
    return None
