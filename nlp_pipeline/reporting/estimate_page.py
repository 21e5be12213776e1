"""What a reviewed sample says, in words for the terminal."""

from nlp_pipeline.records.estimate import AuditEstimate
from nlp_pipeline.reporting.audit_sheets import environment


def estimate_words(found: AuditEstimate) -> str:
    """Tell an estimate, its limits and its grounds."""
    return environment().get_template("estimate.txt.j2").render(found=found)
