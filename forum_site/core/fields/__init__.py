"""Fields of models and forms: rich text, plain text, countries, languages, time zones, URLs."""
