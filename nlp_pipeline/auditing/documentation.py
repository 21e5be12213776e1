"""What a reviewer would miss in the words of a note: the elements that support a code, and the code itself.

Nothing is missing where nothing was performed. Which elements a code needs stands with the code in the rules (`expects`).
"""

from collections.abc import Iterator, Mapping
from itertools import combinations

from nlp_pipeline.auditing.case import AuditCase, Check, Hit
from nlp_pipeline.records.facts import Element, Intervention
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.suggestion import Suggestion


def missing_deficit(case: AuditCase) -> Iterator[Hit]:
    """Find retraining or functional work without a deficit that it would treat."""
    return _missing("deficit", case)


def missing_skilled_cueing(case: AuditCase) -> Iterator[Hit]:
    """Find active one-on-one work without a sign of the clinician's skill."""
    return _missing("skilled_cueing", case)


def missing_functional_goal(case: AuditCase) -> Iterator[Hit]:
    """Find skilled work without a goal that says what the patient will be able to do."""
    return _missing("functional_goal", case)


def missing_objective_measure(case: AuditCase) -> Iterator[Hit]:
    """Find skilled work without a measured value."""
    return _missing("objective_measure", case)


def missing_patient_response(case: AuditCase) -> Iterator[Hit]:
    """Find treatment without a word on how the patient responded."""
    return _missing("patient_response", case)


def code_mismatch(case: AuditCase) -> Iterator[Hit]:
    """Find activities whose words support another code than the one they are filed under, where the reading is sure."""
    found: dict[tuple[str, str], list[Span]] = {}
    for intervention, suggestion in _performed(case):
        stated, supported = intervention.stated_code, suggestion.code
        if stated and stated != supported and not suggestion.unsure and _can_be_told_apart(stated, supported, case):
            found.setdefault((stated, supported), []).append(intervention.span)
    for (stated, supported), spans in found.items():
        count = f"{len(spans)} activit{'y' if len(spans) == 1 else 'ies'}"
        yield Hit(tuple(spans), {"stated": stated, "supported": supported, "count": count})


def same_purpose_two_codes(case: AuditCase) -> Iterator[Hit]:
    """Find an activity that stands in the same words under two codes, though its words surely support one and the same."""
    sure: dict[tuple[str, str], dict[str, Span]] = {}
    for intervention, suggestion in _performed(case):
        if intervention.stated_code and not suggestion.unsure:
            words = " ".join(intervention.span.text.casefold().split())
            sure.setdefault((words, suggestion.code), {}).setdefault(intervention.stated_code, intervention.span)
    for spans in sure.values():
        for first, second in combinations(spans, 2):
            yield Hit((spans[first], spans[second]), {"codes": f"{first} and {second}"})


CHECKS: Mapping[str, Check] = {
    "missing-deficit": missing_deficit,
    "missing-skilled-cueing": missing_skilled_cueing,
    "missing-functional-goal": missing_functional_goal,
    "missing-objective-measure": missing_objective_measure,
    "missing-patient-response": missing_patient_response,
    "code-mismatch": code_mismatch,
    "same-purpose-two-codes": same_purpose_two_codes,
}


def _missing(element: Element, case: AuditCase) -> Iterator[Hit]:
    if any(evidence.element == element for evidence in case.facts.evidence):
        return
    codes = case.rules.codes
    unsupported: dict[str, list[Span]] = {}
    for intervention, suggestion in _performed(case):
        code = intervention.stated_code or suggestion.code
        if code in codes and element in codes[code].expects:
            unsupported.setdefault(code, []).append(intervention.span)
    if unsupported:
        spans = sorted((span for found in unsupported.values() for span in found), key=lambda span: span.start)
        yield Hit(tuple(spans), {"codes": ", ".join(sorted(unsupported))})


def _performed(case: AuditCase) -> Iterator[tuple[Intervention, Suggestion]]:
    for intervention, suggestion in zip(case.facts.interventions, case.suggestions, strict=True):
        if intervention.status == "performed":
            yield intervention, suggestion


def _can_be_told_apart(stated: str, supported: str, case: AuditCase) -> bool:
    one, other = case.rules.codes.get(stated), case.rules.codes.get(supported)
    return one is not None and other is not None and not (one.family and one.family == other.family)
