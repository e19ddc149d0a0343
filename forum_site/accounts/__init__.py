"""Accounts of staff: logging in, two-factor authentication, sessions, and the admin site that asks for them.

Imports `admin` and what stands before it.
"""
