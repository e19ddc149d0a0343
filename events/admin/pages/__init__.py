"""Pages of the admin of one event: edit, history, conflict, trash, preview, next edition."""
