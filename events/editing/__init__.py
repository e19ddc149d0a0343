"""What editors are told of an event before they publish it, and copies of it.

Imports models and revisions.
"""
