"""Public pages of organizations: directory, page, roles, network.

Imports models of both apps, and nothing of an admin.
"""
