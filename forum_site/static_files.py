from django.contrib.staticfiles.apps import StaticFilesConfig


class ServedFilesConfig(StaticFilesConfig):
    """In place of django.contrib.staticfiles: what packages bring along and no page loads is not collected.

    Pages of the editor's own (its preview, samples, tests of plugins) would run their scripts on our origin, with its
    cookies; a gallery of 2009 comes with the jQuery of that year.
    """

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        *("*.html", "*.htm", "*.php", "*.swf", "*.md", "samples", "tests", "galleriffic", "codesnippet*"),
    ]
