"""Base classes of models, constraints, functions of SQL and pagination."""
