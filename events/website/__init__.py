"""Public pages of events.

Imports models and services, and nothing of the admin.
"""
