"""What `manage.py check` tells of this site, beside Django's own checks, so that nothing unsafe is started unnoticed.

Each thing is said in one place: what the environment alone decides is refused at the start (`env.py`), what
an installation looks like is examined by the doctor; both are asked here once more, of the settings as they became.
"""

from forum_site.ops.checks.editor import editor_admits_no_scripts
from forum_site.ops.checks.headers import cookies_are_kept_from_others, media_can_do_nothing, policies_are_strict
from forum_site.ops.checks.installation import doctor_finds_nothing, proxies_are_believed_as_told, settings_are_safe

__all__ = [
    "cookies_are_kept_from_others",
    "doctor_finds_nothing",
    "editor_admits_no_scripts",
    "media_can_do_nothing",
    "policies_are_strict",
    "proxies_are_believed_as_told",
    "settings_are_safe",
]
