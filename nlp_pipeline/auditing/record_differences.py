"""What the note itself lacks or contradicts, for what was billed; and what became of the bill on its way."""

from collections.abc import Iterable, Iterator, Sequence

from nlp_pipeline.auditing.categories import categories
from nlp_pipeline.auditing.laid_out import Difference, LaidOut, Look, units_of
from nlp_pipeline.auditing.signatures import signatures_in
from nlp_pipeline.auditing.values import holds_a_value, tells_help
from nlp_pipeline.records.discrepancy import Direction
from nlp_pipeline.records.finding import Finding

MAY_BE = {"objective_measure": holds_a_value, "skilled_cueing": tells_help}
OF_CLAIMS = frozenset({"unit-limit", "credential"})
OF_MINUTES = frozenset({"minutes-conflict", "minutes-double-counted"})


def differences(case: LaidOut) -> Iterator[Difference]:
    """Give what the findings of note and bill say, what the signature lacks, and what changed on the way."""
    yield from of_findings(case, case.findings)
    yield from _signature(case)
    yield from _put_right(case)
    yield from _paid(case)


def of_findings(case: LaidOut, findings: Iterable[Finding]) -> Iterator[Difference]:
    """Turn findings into differences of the category that they belong to, each category once."""
    told: set[str] = set()
    for finding in findings:
        name = categories().of_finding.get(finding.code)
        if name is None or (name in told and name not in OF_CLAIMS):
            continue
        told.add(name)
        codes = _concerned(case, finding, name)
        if not codes or (name == "minutes-conflict" and _is_misread(case)):
            continue
        risk = case.changed_by(tuple(line for line in case.submitted.claim.lines if line.code not in codes))
        values = {"billed": ", ".join(codes), "what": finding.message}
        material = _material(case, name)
        over = name in OF_CLAIMS or material
        source, mark = (finding.source, finding.mark) if name in OF_CLAIMS or finding.code not in KNOWN_WORDING else ("", "")
        look = _reaches(codes, case) if name == "unit-limit" else None
        direction: Direction = "over" if over else "neither"
        yield Difference(name, direction, values, codes, None, risk, finding.evidence, look, False, material, finding.code, source, mark)


def _reaches(codes: Sequence[str], case: LaidOut) -> Look:
    return lambda lines: all(units_of(lines).get(code, 0) >= case.units_billed[code] for code in codes)


def _concerned(case: LaidOut, finding: Finding, name: str) -> tuple[str, ...]:
    """Name the billed codes that a finding is about; a documentation element only where a billed code asks for it.

    What a line that was not recognised may tell is not called missing: a measure, by its number, or skill, by a word of help.
    """
    billed = tuple(case.units_billed)
    element = KNOWN_WORDING.get(finding.code)
    if element in MAY_BE and any(map(MAY_BE[element], _untold_lines(case))):
        return ()
    if element is not None:
        return tuple(code for code in billed if code in case.rules.codes and element in case.rules.codes[code].expects)
    named = tuple(code for code in billed if code in finding.message)
    return named if name in OF_CLAIMS and named else tuple(code for code in billed if case.timed(code)) or billed


def _is_misread(case: LaidOut) -> bool:
    """Say whether a conflict of times rests on a time that cannot be what it was read as.

    A timed total below one unit; a visit shorter than one of its services, or just what the services lack to the total; or a total that
    the billed services keep to.
    """
    encounter = case.supported.encounter
    total, visit = encounter.timed_total, encounter.visit_total
    spent = {each.code: each.minutes or 0 for each in encounter.services if case.timed(each.code)}
    if total != case.coded.encounter.timed_total:
        return True
    if visit is not None and (visit < max(spent.values(), default=0) or (total is not None and sum(spent.values()) + visit == total)):
        return True
    return total is not None and sum(minutes for code, minutes in spent.items() if code in case.units_billed) == total != sum(spent.values())


def _untold_lines(case: LaidOut) -> Iterator[str]:
    """Give the lines that tell neither an activity nor a time, nor what either was for."""
    facts, law = case.coded.facts, case.rules.claim
    told = [*(each.span for each in facts.interventions), *(each.span for each in case.coded.encounter.minutes), *(each.span for each in facts.evidence)]
    told += [each.header for each in facts.blocks if each.stated_code]
    told += [each.span for each in signatures_in(facts.note, law)] if law else []
    start = 0
    for line in facts.note.text.splitlines(keepends=True):
        end = start + len(line)
        if not any(span.start < end and start < span.end for span in told):
            yield line
        start = end


def _material(case: LaidOut, name: str) -> bool | None:
    """Say whether contradictory minutes change the units: where both readings earn the same, they do not."""
    if name not in OF_MINUTES:
        return None
    rules, encounter = case.rules.units, case.supported.encounter
    if rules is None:
        return None
    spent = [each.minutes for each in encounter.services if each.minutes is not None and case.timed(each.code)]
    readings = [
        sum(spent),
        *(each for each in (encounter.timed_total, encounter.visit_total) if each is not None and each < sum(spent)),
        *_without_repeats(case, sum(spent)),
    ]
    if encounter.timed_total is not None:
        readings.append(encounter.timed_total)
    return len({(int(each) + rules.unit_minutes - rules.minimum_minutes) // rules.unit_minutes for each in readings}) > 1


def _without_repeats(case: LaidOut, spent: float) -> Iterator[float]:
    """Give the timed minutes with what stands under two services counted once."""
    doubled = {span.start for span in case.coded.facts.time.duplicates}
    again = sorted(each.minutes for each in case.coded.encounter.minutes if each.span.start in doubled)
    if again:
        yield max(spent - sum(again[: len(again) // 2 or 1]), 0)


def _signature(case: LaidOut) -> Iterator[Difference]:
    """Find a note that nobody signed, where the notes of the run bear signatures; and one signed by someone who may not bill."""
    claim = case.rules.claim
    if claim is None or not case.units_billed:
        return
    found = signatures_in(case.coded.facts.note, claim)
    codes, risk = tuple(case.units_billed), case.worth()
    if not found:
        if case.signatures_expected:
            yield Difference("signature", "over", {"what": "The note bears no signature with a credential; the other notes of this run do."}, codes, None, risk)
        return
    if all(each.credential.role == "unpaid" for each in found):
        first = found[0]
        what = f"The note is signed by: {first.credential.words}. Their time is not paid as therapy."
        yield Difference("credential", "over", {"what": what}, codes, None, risk, (first.span,), source=first.credential.source, mark=first.credential.mark)


def _put_right(case: LaidOut) -> Iterator[Difference]:
    """Find charges that parted from the note and were put right before the claim went out."""
    charge, sent = case.billed.steps.get("charge"), case.billed.steps.get("submitted")
    if charge is None or sent is None:
        return
    charged, billed = units_of(charge), units_of(sent)
    for code in sorted(charged.keys() | billed.keys()):
        if charged.get(code, 0) != billed.get(code, 0) == case.units_supported.get(code, 0):
            values = {"billed": code, "what": f"{charged.get(code, 0)} unit(s)"}
            yield Difference("changed-on-the-way", "neither", values, (code,), look=_count(code), right=billed.get(code, 0))


def _count(code: str) -> Look:
    return lambda lines: units_of(lines).get(code, 0)


def _paid(case: LaidOut) -> Iterator[Difference]:
    """Tell where the payer decided on another code, on fewer units, or denied a line."""
    known, sent = categories(), case.billed.steps.get("submitted")
    units_sent = units_of(sent) if sent else {}
    units_paid = units_of(case.billed.steps.get("remitted", ()))
    for line in case.billed.steps.get("remitted", ()):
        denied = [each for each in line.adjustments if each.reason in known.denials]
        if line.billed_as:
            what = f"decides on {line.code} in place of {line.billed_as}"
        elif denied and line.paid is not None and line.paid <= 0:
            what = f"says {known.adjustments[denied[0].reason]} ({denied[0].group}-{denied[0].reason})"
        elif line.code in units_sent and units_paid[line.code] < units_sent[line.code]:
            what = f"has {units_paid[line.code]} of the {units_sent[line.code]} units sent"
        else:
            continue
        yield Difference("paid-otherwise", "neither", {"billed": line.billed_as or line.code, "what": what}, (line.billed_as or line.code,))


KNOWN_WORDING = {
    "missing-deficit": "deficit",
    "missing-skilled-cueing": "skilled_cueing",
    "missing-functional-goal": "functional_goal",
    "missing-objective-measure": "objective_measure",
}
