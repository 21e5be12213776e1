"""What a reviewer would miss in the words of a note."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nlp_pipeline.auditing.case import AuditCase, Hit
from nlp_pipeline.auditing.documentation import CHECKS
from nlp_pipeline.records.claim import Claim
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.facts import Evidence, Facts, Intervention
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.suggestion import Suggestion
from nlp_pipeline.rulebook.rulebook import Rulebook

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "documentation.toml").read_text("utf-8"))["case"]
RULES = Rulebook.load().on(date(2026, 3, 2), "medicare")
EMPTY_CLAIM = Claim("cms", {}, None, None, {}, {}, (), (), "2026-01-01")
RETRAINING = ["tandem stance", "97112", "97112", "performed"]


def audit_case(case: dict[str, Any]) -> AuditCase:
    """Lay the activities of a case out as a note, one a line."""
    note = Note("n1", "\n".join(words for words, *_ in case["activities"]))
    interventions, suggestions, start = [], [], 0
    for words, stated, supported, status in case["activities"]:
        interventions.append(Intervention(note.span(start, start + len(words)), status, 0.9, stated_code=stated or None))
        doubt = ("purpose-not-stated",) if words in case.get("unsure", ()) else ()
        suggestions.append(Suggestion(supported, 0.9, None, bool(doubt), "", review_reasons=doubt))
        start += len(words) + 1
    evidence = tuple(Evidence(element, note.span(0, 1)) for element in case["elements"])
    return AuditCase(Facts(note, interventions=tuple(interventions), evidence=evidence), tuple(suggestions), Encounter("n1"), EMPTY_CLAIM, RULES)


def hits(finding: str, **case: Any) -> list[Hit]:
    return list(CHECKS[finding](audit_case(case)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_note_lacks_what_a_reviewer_would_miss(case):
    laid_out = audit_case(case)
    assert {finding for finding, check in CHECKS.items() if any(check(laid_out))} == set(case["findings"])


@pytest.mark.parametrize("finding", sorted(CHECKS))
def test_every_check_finds_something_in_some_case_and_nothing_in_another(finding):
    assert {finding in case["findings"] for case in CASES} == {True, False}


def test_a_missing_element_points_at_the_activities_that_need_it():
    [hit] = hits("missing-deficit", activities=[RETRAINING, ["leg press", "97110", "97110", "performed"]], elements=[])
    assert [span.text for span in hit.evidence] == ["tandem stance"]


def test_a_missing_element_is_told_once_with_every_code_that_needs_it():
    [hit] = hits("missing-skilled-cueing", activities=[RETRAINING, ["leg press", "97110", "97110", "performed"]], elements=[])
    assert hit.values == {"codes": "97110, 97112"}


def test_activities_with_the_same_mismatch_are_one_finding():
    [hit] = hits("code-mismatch", activities=[["tandem stance", "97110", "97112", "performed"], ["wobble board", "97110", "97112", "performed"]], elements=[])
    assert hit.values == {"stated": "97110", "supported": "97112", "count": "2 activities"}


def test_different_mismatches_are_findings_of_their_own():
    found = hits("code-mismatch", activities=[["tandem stance", "97110", "97112", "performed"], ["floor transfer", "97110", "97530", "performed"]], elements=[])
    assert [hit.values["supported"] for hit in found] == ["97112", "97530"]
