"""X12 837 to claims: a small machine that follows the loops and keeps the number of each segment."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from nlp_pipeline.intake.amounts import amount, count
from nlp_pipeline.intake.days import read_day
from nlp_pipeline.intake.received import Place, Rejected, reject
from nlp_pipeline.intake.x12 import X12Segment
from nlp_pipeline.records.billed_claim import BilledClaim, BilledLine, Frequency, Where

FREQUENCIES: dict[str, Frequency] = {"7": "replacement", "8": "void"}  # what CLM05-3 says; all else is a claim of its own
SUBSCRIBER_LEVEL, PATIENT_LEVEL = "22", "23"
PERIOD = "RD8"
PERSON = "1"


@dataclass(slots=True)
class OpenLine:
    """A service line while its segments come in."""

    line: BilledLine
    therapists: tuple[str, ...] = ()


@dataclass(slots=True)
class OpenClaim:
    """A claim while its segments come in; `other` is set within what is told about another payer."""

    claim: BilledClaim
    day: date | None = None
    lines: list[OpenLine] = field(default_factory=list)
    other: bool = False
    record_numbers: list[str] = field(default_factory=list)
    trouble: Rejected | None = None


class ClaimReader:
    """Follows the loops of one file of claims."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.payer: str | None = None
        self.subscriber: tuple[str, ...] = ()
        self.patient: tuple[str, ...] = ()
        self.billing: tuple[str, ...] = ()
        self.open: OpenClaim | None = None

    def take(self, segment: X12Segment) -> Iterator[BilledClaim | Rejected]:
        """Take a segment in; a claim comes out when the next one, or the next level, begins."""
        if segment.name in ("CLM", "HL", "SE", "ST", "IEA"):
            yield from self.finish()
        if segment.name == "HL":
            self._level(segment)
        elif segment.name == "CLM":
            self._begin(segment)
        elif segment.name == "NM1":
            self._name(segment)
        elif self.open is not None and segment.name in SEGMENTS_OF_A_CLAIM:
            SEGMENTS_OF_A_CLAIM[segment.name](self, self.open, segment)

    def finish(self) -> Iterator[BilledClaim | Rejected]:
        """Give the claim that is open."""
        now, self.open = self.open, None
        if now is None:
            return
        claim = now.claim
        place = Place(self.source, claim.where.row if claim.where else None, f"claim {claim.id}")
        if now.trouble is not None:
            yield now.trouble
        elif not now.lines and claim.frequency != "void":
            yield reject("claim-without-lines", place, claim.id)
        elif undated := next((each for each in now.lines if each.line.date_of_service is None and now.day is None), None):
            yield reject("line-without-date", replace(place, row=undated.line.where.row if undated.line.where else place.row), claim.id)
        else:
            yield from self._whole(now)

    def _whole(self, now: OpenClaim) -> Iterator[BilledClaim]:
        """Give the claim, or one for each therapist where its lines name several."""
        patients = (*now.record_numbers, *(self.patient or self.subscriber), *(self.subscriber if self.patient else ()))
        claim = replace(now.claim, patients=tuple(dict.fromkeys((*patients, now.claim.id))), payer=self.payer)
        by_therapist: dict[tuple[str, ...], list[BilledLine]] = {}
        for each in now.lines:
            line = each.line if each.line.date_of_service else replace(each.line, date_of_service=now.day)
            by_therapist.setdefault(each.therapists or claim.therapists or self.billing, []).append(line)
        for therapists, lines in (by_therapist or {claim.therapists: []}).items():
            yield replace(claim, therapists=therapists, lines=tuple(lines))

    def _level(self, segment: X12Segment) -> None:
        if segment.text(3) == PATIENT_LEVEL:
            self.patient = ()
        elif segment.text(3) == SUBSCRIBER_LEVEL:
            self.subscriber, self.patient, self.payer = (), (), None
        else:
            self.subscriber, self.patient, self.payer, self.billing = (), (), None, ()

    def _begin(self, segment: X12Segment) -> None:
        frequency = [*segment.parts(5), "", "", ""][2]
        where = Where(self.source, segment.number, "2300")
        self.open = OpenClaim(BilledClaim(segment.text(1), "submitted", (), (), frequency=FREQUENCIES.get(frequency, "original"), where=where))
        if not segment.text(1):
            self.open.trouble = reject("claim-without-number", Place(self.source, segment.number, "2300"))

    def _name(self, segment: X12Segment) -> None:
        who, named, now = segment.text(1), names_in(segment), self.open
        if now is None:
            if who == "IL":
                self.subscriber = named
            elif who == "QC":
                self.patient = named
            elif who == "PR":
                self.payer = segment.text(3) or segment.text(9) or None
            elif who == "85":
                self.billing = named if segment.text(2) == PERSON else ()  # a group bills for others and renders nothing itself
        elif who == "82" and not now.other:
            if now.lines:
                now.lines[-1].therapists = named
            else:
                now.claim = replace(now.claim, therapists=named)

    def line_number(self, now: OpenClaim, segment: X12Segment) -> None:
        """Begin a service line's loop: what was told about another payer is over."""
        now.other = False

    def other_payer(self, now: OpenClaim, segment: X12Segment) -> None:
        """Begin what is told about another payer."""
        now.other = True

    def service(self, now: OpenClaim, segment: X12Segment) -> None:
        """Take a service line, of a professional or an institutional claim."""
        shift = 1 if segment.name == "SV2" else 0
        procedure = segment.parts(1 + shift)
        units, charged = count(segment.text(4 + shift)), amount(segment.text(2 + shift))
        place = Place(self.source, segment.number, f"claim {now.claim.id}")
        if len(procedure) < 2 or not procedure[1]:
            if not shift:
                now.trouble = now.trouble or reject("line-without-code", place, now.claim.id)
            return
        if units is None or charged is None:
            now.trouble = now.trouble or reject("broken-number", place, now.claim.id, what="units" if units is None else "charge")
            return
        modifiers = tuple(each.upper() for each in procedure[2:6] if each)
        line = BilledLine(procedure[1].upper(), units, modifiers, charged=charged, where=Where(self.source, segment.number, "2400"))
        now.lines.append(OpenLine(line))

    def day(self, now: OpenClaim, segment: X12Segment) -> None:
        """Take a date of service, of a line or of the statement; of a period the first day."""
        kind, written = segment.text(1), segment.text(3)
        if kind not in ("472", "434"):
            return
        first = written.partition("-")[0] if segment.text(2) == PERIOD else written
        found = read_day(first)
        if found is None:
            now.trouble = now.trouble or reject("unreadable-date", Place(self.source, segment.number, f"claim {now.claim.id}"), now.claim.id)
        elif kind == "472" and now.lines:
            now.lines[-1].line = replace(now.lines[-1].line, date_of_service=found.date)
            if "-" in written and len(set(written.split("-"))) > 1:
                now.claim = replace(now.claim, notices=(*now.claim.notices, "line-over-several-days"))
        else:
            now.day = found.date

    def reference(self, now: OpenClaim, segment: X12Segment) -> None:
        """Take a number: what the claim replaces, the medical record's, or the line's own."""
        kind, value = segment.text(1), segment.text(2)
        if kind == "6R" and now.lines:
            now.lines[-1].line = replace(now.lines[-1].line, control=value)
        elif kind == "F8" and not now.other and not now.lines:
            now.claim = replace(now.claim, replaces=value)
        elif kind == "EA" and value:
            now.record_numbers.append(value)


def names_in(segment: X12Segment) -> tuple[str, ...]:
    """Give the number and the name of whom an NM1 segment names, the number first."""
    last, first, number = segment.text(3), segment.text(4), segment.text(9)
    name = f"{last}, {first}" if last and first else last
    return tuple(each for each in (number, name) if each)


def read_claims(segments: Iterable[X12Segment], source: str) -> Iterator[BilledClaim | Rejected]:
    """Read the claims among the segments of one transaction."""
    reader = ClaimReader(source)
    for segment in segments:
        yield from reader.take(segment)
    yield from reader.finish()


SEGMENTS_OF_A_CLAIM = {
    "LX": ClaimReader.line_number,
    "SBR": ClaimReader.other_payer,
    "SV1": ClaimReader.service,
    "SV2": ClaimReader.service,
    "DTP": ClaimReader.day,
    "REF": ClaimReader.reference,
}
