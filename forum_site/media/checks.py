from django.conf import settings
from django.core.checks import Error, Warning
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from forum_site.core.checks import installation_check


@installation_check
def uploads_can_be_stored():
    try:
        default_storage.probe()
    except OSError as error:
        return [
            Error(
                _("Uploads cannot be stored: %(error)s.") % {"error": error},
                hint=_("Correct MEDIA_S3_…, or fix the service that keeps the bucket.")
                if settings.MEDIA_BUCKET
                else _("Let the account that runs the site write to %(path)s.") % {"path": settings.MEDIA_ROOT},
                id="forum_site.E013",
            )
        ]
    return []


@installation_check
def bucket_is_private():
    if settings.MEDIA_BUCKET and default_storage.is_open_to_all():
        return [
            Error(
                _("Anybody can read the bucket of media, past the access rules of the site."),
                hint=_("Remove public access from the bucket %(name)s: only the site reads it, with its key.")
                % {"name": settings.MEDIA_BUCKET["bucket"]},
                id="forum_site.E014",
            )
        ]
    return []


@installation_check
def media_are_in_the_bucket():
    left = settings.MEDIA_BUCKET and next((path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()), None)
    if left and not default_storage.exists(left.relative_to(settings.MEDIA_ROOT).as_posix()):
        return [
            Warning(
                _("The bucket of media lacks files that are in %(path)s.") % {"path": settings.MEDIA_ROOT},
                hint=_("Copy these files to the bucket under the same names, then remove the folder."),
                id="forum_site.W010",
            )
        ]
    return []
