"""The rehearsal of backup and restore of docs/operations.md: `make backup-test`."""
