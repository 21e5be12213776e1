"""A note becomes facts: spaCy stays in here."""
