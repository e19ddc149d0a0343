"""Texts outside of models: folding, plain texts, dates as people type them, pasted HTML."""
