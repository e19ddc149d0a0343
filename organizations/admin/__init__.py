from organizations.admin import organization  # noqa: F401 - registers its ModelAdmin
