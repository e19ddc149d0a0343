"""Figures in the admin."""
