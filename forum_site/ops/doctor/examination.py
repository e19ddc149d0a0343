"""All checks, in the order in which they are made."""

from django.db import DatabaseError, InterfaceError
from django.utils.translation import gettext as _

from forum_site.ops import health
from forum_site.ops.doctor import configuration, content, database, disk, neighbours, people
from forum_site.ops.doctor.finding import serious

WITHOUT_DATABASE = [
    configuration.debug_is_off,
    configuration.key_is_kept,
    configuration.others_cannot_read,
    configuration.own_host_is_answered,
    configuration.https_fits_the_proxy,
    configuration.time_zones_are_known,
    disk.media_can_be_written,
    disk.bucket_is_closed,
    disk.media_were_taken_along,
    disk.disk_has_room,
    disk.static_files_are_collected,
    disk.backups_are_young,
    disk.restores_have_ended,
    neighbours.mail_can_be_sent,
    database.sqlite_is_on_a_local_disk,
]
WITH_DATABASE = [
    database.version_is_supported,
    database.encoding_is_unicode,
    database.sqlite_writes_ahead,
    database.clocks_agree,
    database.migrations_are_applied,
]
WITH_TABLES = [
    people.somebody_may_do_everything,
    people.staff_have_second_factors,
    content.search_is_there,
    content.is_purged,
]
THOROUGH = [content.search_agrees, content.counts_agree]


def examine(thorough=False):
    """Yield each check with its `Finding`, or None. What asks tables is left out where these cannot be asked."""
    for check in WITHOUT_DATABASE:
        yield check, outcome(check)
    yield database_answers, (away := outcome(database_answers))
    if away:
        return
    is_in_step = True
    for check in WITH_DATABASE:
        yield check, (finding := outcome(check))
        is_in_step = is_in_step and not (finding and check is database.migrations_are_applied)
    if is_in_step:
        for check in [*WITH_TABLES, *(THOROUGH if thorough else [])]:
            yield check, outcome(check)


def database_answers():
    try:
        problem = health.database_answers()
    except (DatabaseError, InterfaceError) as error:
        return serious(
            _("The database does not answer: %(error)s") % {"error": str(error).strip()},
            _("Start it, or mend DATABASE_URL. What depends on it was not examined."),
        )
    if problem:
        return serious(
            _("The database cannot be changed: %(problem)s.") % {"problem": problem},
            _("Promote the standby, or name the server that takes changes in DATABASE_URL."),
        )
    return None


def outcome(check):
    """Return what a check finds; that it failed itself is a finding, too."""
    try:
        return check()
    except (DatabaseError, InterfaceError, OSError) as error:
        return serious(
            _("%(check)s could not be examined: %(error)s") % {"check": check.__name__, "error": str(error).strip()},
            _("Mend what the error tells, and run manage.py doctor again."),
        )
