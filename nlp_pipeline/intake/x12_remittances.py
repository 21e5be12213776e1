"""X12 835 to remittances: what the payer made of each line, and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from nlp_pipeline.intake.amounts import amount, count
from nlp_pipeline.intake.days import read_day
from nlp_pipeline.intake.received import Place, Rejected, reject
from nlp_pipeline.intake.x12 import X12Segment
from nlp_pipeline.intake.x12_claims import names_in
from nlp_pipeline.records.billed_claim import Adjustment, BilledClaim, BilledLine, Where

REVERSAL = "22"  # CLP02: an earlier remittance is taken back
DAYS = frozenset({"150", "472"})
FIRST_DAY = "232"
ALLOWED = "B6"
OF_ADJUSTMENTS = 3  # reason, amount, quantity, and again


@dataclass(slots=True)
class OpenRemittance:
    """A remittance while its segments come in."""

    claim: BilledClaim
    patients: list[str] = field(default_factory=list)
    lines: list[BilledLine] = field(default_factory=list)
    day: date | None = None
    trouble: Rejected | None = None


class RemittanceReader:
    """Follows the loops of one file of remittances."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.payer: str | None = None
        self.open: OpenRemittance | None = None

    def take(self, segment: X12Segment) -> Iterator[BilledClaim | Rejected]:
        """Take a segment in; a remittance comes out when the next one begins."""
        if segment.name in ("CLP", "LX", "PLB", "SE", "ST", "IEA"):
            yield from self.finish()
        if segment.name == "N1" and segment.text(1) == "PR":
            self.payer = segment.text(2) or None
        elif segment.name == "CLP":
            self._begin(segment)
        elif self.open is not None and segment.name in SEGMENTS:
            SEGMENTS[segment.name](self, self.open, segment)

    def finish(self) -> Iterator[BilledClaim | Rejected]:
        """Give the remittance that is open; its lines without a day have the claim's."""
        now, self.open = self.open, None
        if now is None:
            return
        if now.trouble is not None:
            yield now.trouble
            return
        lines = tuple(line if line.date_of_service else replace(line, date_of_service=now.day) for line in now.lines)
        patients = tuple(dict.fromkeys((*now.patients, now.claim.id)))
        yield replace(now.claim, lines=lines, patients=patients, payer=self.payer)

    def _begin(self, segment: X12Segment) -> None:
        where = Where(self.source, segment.number, "2100")
        frequency = "void" if segment.text(2) == REVERSAL else "original"
        claim = BilledClaim(segment.text(1), "remitted", (), (), frequency=frequency, payer_number=segment.text(7) or None, where=where)  # type: ignore[arg-type]
        self.open = OpenRemittance(claim)
        if not segment.text(1):
            self.open.trouble = reject("claim-without-number", Place(self.source, segment.number, "2100"))

    def name(self, now: OpenRemittance, segment: X12Segment) -> None:
        """Take the patient, the insured or the rendering therapist."""
        if segment.text(1) in ("QC", "IL", "74"):
            now.patients += names_in(segment)
        elif segment.text(1) == "82":
            now.claim = replace(now.claim, therapists=names_in(segment))

    def service(self, now: OpenRemittance, segment: X12Segment) -> None:
        """Take a service line as it was decided; where another code was decided on, the one that went out is kept beside it."""
        procedure, sent = segment.parts(1), segment.parts(6)
        units, charged, paid = count(segment.text(5)), amount(segment.text(2)), amount(segment.text(3))
        if len(procedure) < 2 or units is None or charged is None or paid is None:
            why = "line-without-code" if len(procedure) < 2 else "broken-number"
            place = Place(self.source, segment.number, f"claim {now.claim.id}")
            now.trouble = now.trouble or reject(why, place, now.claim.id, what="units or amounts")
            return
        now.lines.append(
            BilledLine(
                code=procedure[1].upper(),
                units=units,
                modifiers=tuple(each.upper() for each in procedure[2:6] if each),
                charged=charged,
                paid=paid,
                billed_as=sent[1].upper() if len(sent) > 1 and sent[1] and sent[1].upper() != procedure[1].upper() else None,
                where=Where(self.source, segment.number, "2110"),
            )
        )

    def day(self, now: OpenRemittance, segment: X12Segment) -> None:
        """Take a date of service, of the claim or of the line."""
        found = read_day(segment.text(2)) if segment.text(1) in DAYS or segment.text(1) == FIRST_DAY else None
        if found is None:
            return
        if now.lines and segment.text(1) in DAYS:
            now.lines[-1] = replace(now.lines[-1], date_of_service=found.date)
        elif now.day is None:
            now.day = found.date

    def adjustment(self, now: OpenRemittance, segment: X12Segment) -> None:
        """Take why a line was paid less than charged: up to six reasons in a segment."""
        if not now.lines:
            return
        found = []
        for at in range(2, len(segment.elements), OF_ADJUSTMENTS):
            taken = amount(segment.text(at + 1))
            if segment.text(at) and taken is not None:
                found.append(Adjustment(segment.text(1), segment.text(at), taken))
        now.lines[-1] = replace(now.lines[-1], adjustments=(*now.lines[-1].adjustments, *found))

    def money(self, now: OpenRemittance, segment: X12Segment) -> None:
        """Take what a line was allowed."""
        allowed: Decimal | None = amount(segment.text(2)) if segment.text(1) == ALLOWED else None
        if now.lines and allowed is not None:
            now.lines[-1] = replace(now.lines[-1], allowed=allowed)

    def reference(self, now: OpenRemittance, segment: X12Segment) -> None:
        """Take the line's own number, or the medical record's."""
        if segment.text(1) == "6R" and now.lines:
            now.lines[-1] = replace(now.lines[-1], control=segment.text(2))
        elif segment.text(1) == "EA" and segment.text(2):
            now.patients.insert(0, segment.text(2))


def read_remittances(segments: Iterable[X12Segment], source: str) -> Iterator[BilledClaim | Rejected]:
    """Read the remittances among the segments of one transaction."""
    reader = RemittanceReader(source)
    for segment in segments:
        yield from reader.take(segment)
    yield from reader.finish()


SEGMENTS = {
    "NM1": RemittanceReader.name,
    "SVC": RemittanceReader.service,
    "DTM": RemittanceReader.day,
    "CAS": RemittanceReader.adjustment,
    "AMT": RemittanceReader.money,
    "REF": RemittanceReader.reference,
}
