from django.contrib.staticfiles.finders import AppDirectoriesFinder

# Pages of the editor's own (its preview, samples, tests of plugins) would run their scripts on our origin, with its
# cookies; a gallery of 2009 comes with the jQuery of that year.
NOT_SERVED = ["*.html", "*.htm", "*.php", "*.swf", "*.md", "samples", "tests", "galleriffic", "codesnippet*"]


class ServedFilesFinder(AppDirectoriesFinder):
    """Finds for `collectstatic` what packages bring along, but for what no page loads."""

    def list(self, ignore_patterns):
        return super().list([*(ignore_patterns or []), *NOT_SERVED])
