"""Public pages, cached in memory until a row that they print changes or a scheduled change is due.

Imports `core` alone.
"""
