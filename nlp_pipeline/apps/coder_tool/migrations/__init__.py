"""The history of the tables, a step a file."""
