r"""HL7 version 2 messages to drafts: documents (MDM) and results (ORU), segment by segment, whatever the size of the file."""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import replace
from io import BufferedReader

from nlp_pipeline.intake.documents import read_document
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.received import Draft, Drafts, Place, Rejected, joined, reject
from nlp_pipeline.intake.recognition import Field, bare, recognition
from nlp_pipeline.intake.segments import Message, Segment, messages_of
from nlp_pipeline.intake.sources import Source

ADDENDA, REPLACEMENTS, WITHDRAWALS = frozenset({"T05", "T06"}), frozenset({"T09", "T10"}), frozenset({"T11"})
WITHDRAWN_RESULT, WITHDRAWN_DOCUMENT, NOT_MEANT = "X", "CA", frozenset({"D", "W", "X"})
ENCAPSULATED = "ED"
STAMP_LENGTH = 14


def read_messages(source: Source, stream: BufferedReader, profile: Profile) -> Drafts:
    """Read a file of messages, one or many, with or without the frames of a batch or a line protocol."""
    for row, message in enumerate(messages_of(stream, source.label), 1):
        place = source.place(row)
        if message.header is None:
            yield reject("broken-message", place)
            continue
        yield from _drafts_of(message, replace(place, part=f"{message.header.component_of(9, 1)}^{message.event}"))


def _drafts_of(message: Message, place: Place) -> Drafts:
    """Give the documents of a message: one of an MDM, one for each OBR of an ORU."""
    document = next(iter(message.all("TXA")), None)
    groups = [list(message.segments)] if document is not None else _groups(message)
    ids: set[str] = set()
    for number, group in enumerate(groups, 1):
        fields = _fields_of_document(message, document) if document is not None else _fields_of_result(message, group)
        note_id = str(fields.get("id") or message.id)
        fields["id"] = note_id if note_id not in ids else f"{note_id}-{number}"
        ids.add(note_id)
        yield _draft(message, group, fields, place)
    if not groups:
        yield reject("message-without-text", place, message.id)


def _draft(message: Message, group: Iterable[Segment], fields: dict[Field, object], place: Place) -> Draft | Rejected:
    pieces, notices, label = [], [], ""
    told = [segment for segment in group if segment.name == "NTE" or (segment.name == "OBX" and segment.text(11) not in NOT_MEANT)]
    labels = {segment.text(3) for segment in told if segment.name == "OBX"}
    for segment in told:
        text = _text_of(segment, place)
        if isinstance(text, Rejected):
            return replace(text, id=str(fields["id"]))
        if any(len(each) == recognition().segment_characters for each in segment.repetitions(_text_field(segment))):
            notices.append("text-ends-at-segment-limit")
        named = segment.component_of(3, 2) or segment.component_of(3, 1)
        if segment.name == "OBX" and len(labels) > 1 and named != label:
            text, label = f"{named}:\n{text}", named
        pieces.append((f"{segment.name} {segment.number}", text))
    if not pieces and "record_status" not in fields:
        return reject("message-without-text", place, str(fields["id"]))
    written = joined(pieces, notices)
    return Draft({**fields, "text": written.text}, place, written.pieces, written.notices)


def _groups(message: Message) -> list[list[Segment]]:
    """Cut a message at its OBR segments."""
    groups: list[list[Segment]] = []
    for segment in message.segments:
        if segment.name == "OBR":
            groups.append([])
        if groups:
            groups[-1].append(segment)
    return groups


def _fields_of_document(message: Message, document: Segment) -> dict[Field, object]:
    event, parent = message.event, document.component_of(13, 1)
    fields = _fields_of_visit(message, document.component_of(12, 1), document.text(4))
    if event in ADDENDA:
        fields["addendum_to"] = parent or document.component_of(12, 1)
    elif event in REPLACEMENTS:
        fields["replaces"] = parent
    if event in WITHDRAWALS or document.text(19) == WITHDRAWN_DOCUMENT:
        fields["record_status"] = "cancelled"
    return fields


def _fields_of_result(message: Message, group: list[Segment]) -> dict[Field, object]:
    order = group[0]
    fields = _fields_of_visit(message, order.component_of(3, 1) or order.component_of(2, 1), order.text(7))
    if order.text(25) == WITHDRAWN_RESULT:
        fields["record_status"] = "cancelled"
    return fields


def _fields_of_visit(message: Message, note_id: str, day: str) -> dict[Field, object]:
    visit, insurance = next(iter(message.all("PV1")), None), next(iter(message.all("IN1")), None)
    service = visit.component_of(10, 1) if visit else ""
    header, person, document = message.header, next(iter(message.all("PID")), None), next(iter(message.all("TXA")), None)
    author = (document.component_of(9, 1) or document.component_of(5, 1)) if document else ""
    return {
        "id": note_id,
        "version": re.sub(r"\D.*", "", header.text(7))[:STAMP_LENGTH].ljust(STAMP_LENGTH, "0") if header else None,
        "date_of_service": day or (visit.text(44) if visit else None),
        "payer": insurance.component_of(4, 1) or insurance.component_of(3, 1) if insurance else None,
        "discipline": service if bare(service) in recognition().disciplines else None,
        "patient": person.component_of(3, 1) or None if person else None,
        "therapist": author or (visit.component_of(7, 1) if visit else "") or None,
        "clinic": (visit.component_of(3, 4) or visit.component_of(3, 1) if visit else "") or None,
    }


def _text_field(segment: Segment) -> int:
    return 5 if segment.name == "OBX" else 3


def _text_of(segment: Segment, place: Place) -> str | Rejected:
    """Read what a segment tells, repetitions on lines of their own; an enclosed document is opened."""
    if segment.name == "OBX" and segment.text(2) == ENCAPSULATED:
        return _enclosed(segment, place)
    return "\n".join(map(segment.unescaped, segment.repetitions(_text_field(segment))))


def _enclosed(segment: Segment, place: Place) -> str | Rejected:
    kind, subtype, content = (segment.component_of(5, number) for number in (2, 3, 5))
    try:
        data = base64.b64decode("".join(content.split()), validate=True)
    except binascii.Error:
        return reject("broken-attachment", place)
    known = recognition().content_types
    written = read_document(data, known.get(f"{kind}/{subtype}".lower(), known.get(subtype.lower(), "text")), place)
    return written if isinstance(written, Rejected) else written.text
