import re

from django.core.checks import Error, Tags, register

from forum_site.core.fields.rich_text import EDITOR


@register(Tags.security)
def editor_admits_no_scripts(app_configs, **kwargs):
    """CVE-2024-24815 needs one of these: an editor that admits anything, whole pages, or scripts and styles."""
    admitted = f"{EDITOR.get('extraAllowedContent', '')};{EDITOR.get('allowedContent', '')}".lower()
    unsafe = (
        EDITOR.get("allowedContent") is True
        or EDITOR.get("fullPage")
        or re.search(r"script|style|iframe|\*|\bon[a-z]", admitted)
    )
    if unsafe:
        return [
            Error(
                "The editor's configuration admits content that can run scripts.",
                hint="Take allowedContent, fullPage, script and style out of forum_site.core.fields.rich_text.EDITOR.",
                id="forum_site.E001",
            )
        ]
    return []
