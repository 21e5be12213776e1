"""What a reviewer should look at."""

from dataclasses import dataclass
from typing import Literal

from nlp_pipeline.records.note import Span

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that would fail, or be asked in, a review; wording and source come from findings.toml.

    `mark` says how firm the source is (V read, K not confirmed, C sources conflict, D worked out here); `remedy` what a person would do about it.
    """

    code: str
    severity: Severity
    message: str
    evidence: tuple[Span, ...]
    source: str
    mark: str = ""
    remedy: str = ""
