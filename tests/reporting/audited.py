"""The papers of a small invented audit, for the tests of its report."""

from datetime import date
from decimal import Decimal

from nlp_pipeline.audit_layer import design, draw_sample, estimates, frame_of
from nlp_pipeline.records.audit_papers import About, AuditPapers, DiscrepancyRow, Parting, RunFacts, VisitRow
from nlp_pipeline.records.sample import Unit, UnitJudgement, Wish

THERAPIST, PATIENT = "Ann Therapist", "MRN-448812"


def visit(place: int, *rows: DiscrepancyRow) -> VisitRow:
    supported = Decimal("60.00") if rows else Decimal("90.00")
    return VisitRow(
        f"note-{place:03}",
        "not supported" if rows else "supported",
        date(2026, 3, 2),
        PATIENT,
        THERAPIST,
        "medicare",
        Decimal("90.00"),
        supported,
        Decimal("90.00") - supported,
        rows,
    )


def papers(**more: object) -> AuditPapers:
    units_over = DiscrepancyRow(
        "units-over",
        "over",
        True,
        f"2 units billed for {PATIENT}, 1 supported.",
        amount=Decimal("30.00"),
        divergence=Parting("claim", "the claim has 2"),
        source="a manual",
        mark="V",
        remedy="Bill what the minutes earn.",
    )
    goal = DiscrepancyRow("doc-goal", "neither", False, "The note names no functional goal.", source="a guide", mark="K", remedy="Look for it in the plan.")
    visits = tuple(visit(place, *((units_over, goal) if place % 3 == 0 else ())) for place in range(60))
    universe = frame_of(Unit(each.id, Decimal("90.00"), each.date_of_service, THERAPIST, "medicare", PATIENT, each.supported_amount) for each in visits)
    sample = draw_sample(universe, design(universe, Wish("s", 30))[0])
    said = tuple(UnitJudgement(each.id, next(row for row in visits if row.id == each.id).supported_amount, ("units-over",), "R1") for each in sample.drawn)
    run = RunFacts(60, {"notes": 60}, {"supported": 40, "not supported": 20}, entered_at={"claim": 20}, model="a-model", rules=("2026-01-01",), unitwise="1")
    return AuditPapers(About(title="An audit"), run, visits, universe, sample, said, estimates(sample, universe, said), **more)  # type: ignore[arg-type]
