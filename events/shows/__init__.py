"""Counting of shows, exactly, and the figures made of it.

Imports the models.
"""
