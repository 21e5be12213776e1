"""A day and a payer become the rules in force."""
