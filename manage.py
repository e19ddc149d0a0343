#!/usr/bin/env python
import os
import sys

from forum_site.media.file_modes import keep_private


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum_site.settings")
    keep_private()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
