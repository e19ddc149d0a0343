"""Base of the public pages: lists with filters, search page, redirects, context.

Imports what stands before it in tests/test_layers.py, and no admin.
"""
