"""What every package may use and what knows none of them: models, fields, HTTP, logs and texts.

Imports nothing of the project.
"""
