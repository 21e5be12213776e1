"""Suggestions and minutes become an encounter, and the encounter a claim."""
