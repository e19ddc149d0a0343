"""Base of the admin: ModelAdmin, widgets, filters, audit log, stale saves, forms sent twice, spreadsheets.

Imports what stands before it in tests/test_layers.py, and no website.
"""
