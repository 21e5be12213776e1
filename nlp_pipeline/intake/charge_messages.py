"""HL7 version 2 charge messages (DFT) to charges: one FT1 segment a line."""

from collections.abc import Iterator
from dataclasses import replace
from io import BufferedReader

from nlp_pipeline.intake.amounts import amount, code_and_modifiers, count
from nlp_pipeline.intake.days import read_day
from nlp_pipeline.intake.received import Place, Rejected, reject
from nlp_pipeline.intake.segments import Message, Segment, messages_of
from nlp_pipeline.intake.sources import Source
from nlp_pipeline.records.billed_claim import BilledClaim, BilledLine, Where

CHARGE_MESSAGE = "DFT"
CREDITS = frozenset({"CD", "CR"})  # FT1-6: a charge taken back


def read_charge_messages(source: Source, stream: BufferedReader) -> Iterator[BilledClaim | Rejected]:
    """Read the charges among messages; messages of another kind are passed over."""
    for row, message in enumerate(messages_of(stream, source.label), 1):
        header = message.header
        if header is None:
            yield reject("broken-message", source.place(row))
        elif header.component_of(9, 1) == CHARGE_MESSAGE:
            yield from _charges_of(message, replace(source.place(row), part=f"{CHARGE_MESSAGE}^{message.event}"))


def _charges_of(message: Message, place: Place) -> Iterator[BilledClaim | Rejected]:
    person, visit, insurance = (next(iter(message.all(name)), None) for name in ("PID", "PV1", "IN1"))
    patients = tuple(each for each in (person.component_of(3, 1), person.component_of(2, 1), person.component_of(18, 1)) if each) if person else ()
    number = (visit.component_of(19, 1) if visit else "") or message.id or f"{place.source}#{place.row}"
    charges: dict[tuple[str, ...], list[BilledLine]] = {}
    for segment in message.all("FT1"):
        line = _line(segment, replace(place, part=f"{place.part}, FT1 {segment.number}"), number)
        if isinstance(line, Rejected):
            yield line
            continue
        therapist = segment.component_of(20, 1) or (visit.component_of(7, 1) if visit else "")
        if segment.text(6).upper() in CREDITS:
            _take_back(charges.setdefault((therapist,), []), line)
        else:
            charges.setdefault((therapist,), []).append(line)
    payer = (insurance.component_of(4, 1) or insurance.component_of(3, 1) or None) if insurance else None
    for (therapist,), lines in charges.items():
        if lines:
            named = (therapist,) if therapist else ()
            yield BilledClaim(number, "charge", (*patients, number), tuple(lines), named, payer, where=Where(place.source, place.row, place.part))


def _take_back(lines: list[BilledLine], credit: BilledLine) -> None:
    """Remove the charge that a credit names."""
    for line in reversed(lines):
        if (line.code, abs(line.units)) == (credit.code, abs(credit.units)):
            lines.remove(line)
            return


def _line(segment: Segment, place: Place, number: str) -> BilledLine | Rejected:
    written = segment.component_of(25, 1) or segment.component_of(7, 1)
    named, day = code_and_modifiers(written), read_day(segment.component_of(4, 1))
    units, charged = count(segment.text(10)), amount(segment.component_of(11, 1))
    if named is None:
        return reject("line-without-code", place, number)
    if day is None:
        return reject("unreadable-date" if segment.text(4) else "line-without-date", place, number)
    if units is None or charged is None:
        return reject("broken-number", place, number, what="units" if units is None else "amount")
    code, behind = named
    modifiers = tuple(dict.fromkeys((*behind, *(each.split(segment.signs[1])[0].strip().upper() for each in segment.repetitions(26) if each.strip()))))
    return BilledLine(code, units, modifiers, day.date, charged, control=segment.text(2) or None, where=Where(place.source, place.row, place.part))
