"""From everything known of a visit to findings in order."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nlp_pipeline.auditing.auditor import SHIPPED, Auditor, read_wordings
from nlp_pipeline.auditing.time import CHECKS as CHECKS_OF_TIME
from nlp_pipeline.billing.biller import Biller
from nlp_pipeline.errors import RuleFileRefused
from nlp_pipeline.records.encounter import Encounter, Service
from nlp_pipeline.records.facts import Charge, Facts, Intervention, MinuteStatement, TimeFacts
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.suggestion import Suggestion
from nlp_pipeline.rulebook.rulebook import Rulebook

RULES = Rulebook.load().on(date(2026, 3, 2), "medicare")
NOTE = Note("n1", "leg press, tandem stance, floor transfer")
FILED = [(0, 9, "97110", "97110"), (11, 24, "97110", "97112"), (26, 40, "97530", "97530")]


def findings_of_a_bare_visit() -> tuple[Finding, ...]:
    """Audit three performed activities, one under the wrong code, with minutes and without a documentation element."""
    facts = Facts(NOTE, interventions=tuple(Intervention(NOTE.span(start, end), "performed", 0.9, stated) for start, end, stated, _ in FILED))
    suggestions = tuple(Suggestion(supported, 0.9, None, False, "") for *_, supported in FILED)
    encounter = Encounter("n1", services=(Service("97110", 15), Service("97530", 15)))
    return Auditor().audit(facts, suggestions, encounter, Biller().bill(encounter, RULES), RULES)


def audited(services: tuple[Service, ...], time: TimeFacts, **stated: Any) -> tuple[Finding, ...]:
    """Audit a visit that is known by its services and what its note says about time."""
    encounter = Encounter("n1", services=services, minutes=time.minutes, **stated)
    return Auditor().audit(Facts(NOTE, time=time), (), encounter, Biller().bill(encounter, RULES), RULES)


def findings_of_troubled_visits() -> list[Finding]:
    """Audit a visit whose times and charges contradict each other, and three whose minutes are short, silent or more than charged."""
    span = NOTE.span(0, 9)
    clock = MinuteStatement(span, 30, "start_stop", "97110", clock=(600, 630))
    time = TimeFacts(
        minutes=(clock, MinuteStatement(span, 30, "start_stop", "97530", by="therapist", clock=(615, 645)), MinuteStatement(span, 30, "timed_total")),
        charges=(Charge(span, "97110", 6), Charge(span, "97140", 1)),
        duplicates=(span,),
        assistants=(span,),
    )
    both = (Service("97110", 30), Service("97530", 30))
    return [
        *audited(both, time, timed_total=30, visit_total=20, stated_units={"97110": 6, "97140": 1}),
        *audited((Service("97110", 45),), TimeFacts(charges=(Charge(span, "97110", 1),)), stated_units={"97110": 1}),
        *audited((Service("97110", 5), Service("97112", 30)), TimeFacts()),
        *audited((Service("97110"),), TimeFacts()),
        *audited((Service("97110"),), TimeFacts(), visit_total=45),
        *findings_of_a_bare_visit(),
    ]


def test_every_wording_of_a_finding_about_time_is_filled():
    assert {finding.code for finding in findings_of_troubled_visits()} >= CHECKS_OF_TIME.keys()


def test_no_wording_is_left_with_a_gap():
    assert [finding.message for finding in findings_of_troubled_visits() if {"{", "}"} & set(finding.message) or "None" in finding.message] == []


def test_the_gravest_finding_comes_first():
    severities = [finding.severity for finding in findings_of_a_bare_visit()]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)


def test_findings_of_one_severity_stand_in_the_order_of_the_note():
    starts = [finding.evidence[0].start for finding in findings_of_a_bare_visit() if finding.severity == "warning" and finding.evidence]
    assert len(set(starts)) > 1
    assert starts == sorted(starts)


def test_the_wording_is_filled_with_what_was_found():
    [mismatch] = [finding for finding in findings_of_a_bare_visit() if finding.code == "code-mismatch"]
    assert mismatch.message == "1 activity filed under 97110: the documentation supports 97112."


def test_a_finding_points_at_its_words():
    [mismatch] = [finding for finding in findings_of_a_bare_visit() if finding.code == "code-mismatch"]
    assert [span.text for span in mismatch.evidence] == ["tandem stance"]


def test_every_finding_carries_its_source_and_what_to_do():
    assert all(finding.source and finding.mark and finding.remedy for finding in findings_of_a_bare_visit())


def test_the_same_visit_has_the_same_findings_twice():
    assert findings_of_a_bare_visit() == findings_of_a_bare_visit()


def test_an_empty_note_has_no_findings():
    encounter = Encounter("n1")
    assert Auditor().audit(Facts(Note("n1", "")), (), encounter, Biller().bill(encounter, RULES), RULES) == ()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[code-mismatch]", "[code-mishap]", "code-mishap, code-mismatch"),
        ('severity = "error"', 'severity = "fatal"', "'fatal'"),
        ('mark = "K"', 'mark = ""', "missing-patient-response"),
        ('mark = "K"\n', "", "missing-patient-response"),
        ("[code-mismatch]", "[code-mismatch", "cannot be read"),
    ],
)
def test_wordings_that_break_their_form_are_refused_by_name(tmp_path, old, new, complaint):
    path: Path = tmp_path / "findings.toml"
    path.write_text(SHIPPED.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(RuleFileRefused, match=complaint):
        read_wordings(path)
