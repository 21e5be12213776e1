"""The names that every coded note bears at its top: what scripts outside rely on."""

TOP = frozenset(
    ["schema_version", "id", "date_of_service", "discipline", "payer", "interventions", "minutes", "billing", "documentation", "findings", "model", "rules"]
)
