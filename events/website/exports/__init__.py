"""An event as something else than a page: calendars, feeds, citations, schema.org, share images."""
