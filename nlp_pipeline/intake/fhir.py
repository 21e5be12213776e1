"""FHIR R4 resources to drafts: DocumentReference, Composition, DiagnosticReport, alone, on a line each, or in a Bundle."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nlp_pipeline.intake.documents import read_document
from nlp_pipeline.intake.markup import text_of_html
from nlp_pipeline.intake.received import Draft, Drafts, Place, Rejected, Written, joined, reject
from nlp_pipeline.intake.recognition import Field, bare, recognition

BUNDLE = "Bundle"
WITHDRAWN, REPLACED = "entered-in-error", "superseded"
Resource = Mapping[str, Any]
Context = Mapping[str, Any]


def at(resource: Any, *path: str | int) -> Any:
    """Follow a path into JSON that may have another shape than it should; None where the path ends early.

    >>> at({"content": [{"attachment": {"data": "eA=="}}]}, "content", 0, "attachment", "data"), at({"content": "x"}, "content", 0, "data")
    ('eA==', None)
    """
    for step in path:
        if isinstance(step, int):
            resource = resource[step] if isinstance(resource, list) and step < len(resource) else None
        else:
            resource = resource.get(step) if isinstance(resource, dict) else None
    return resource


def drafts_of_resource(resource: Resource, place: Place) -> Drafts:
    """Make drafts of a resource, and of all that a Bundle holds; a Bundle's other resources are what its documents refer to."""
    if resource.get("resourceType") != BUNDLE:
        yield _draft(resource, replace(place, part=_name(resource)), {})
        return
    entries = [(number, each.get("resource"), each.get("fullUrl")) for number, each in enumerate(_list(resource.get("entry")), 1) if isinstance(each, dict)]
    context = {name: each for _, each, url in entries if isinstance(each, dict) for name in (url, _name(each)) if isinstance(name, str)}
    documents = [(number, each) for number, each, _ in entries if isinstance(each, dict) and each.get("resourceType") in DOCUMENTS]
    for number, each in documents:
        row = number if place.row is None else place.row
        yield _draft(each, replace(place, row=row, part=_name(each)), context)
    if not documents:
        yield reject("resource-without-note", place, _said(resource.get("id")), kind=BUNDLE)


def _draft(resource: Resource, place: Place, context: Context) -> Draft | Rejected:
    kind, note_id = str(resource.get("resourceType")), _id(resource)
    if kind not in DOCUMENTS:
        return reject("resource-without-note", place, note_id, kind=kind if kind.isalpha() else "this kind")
    if resource.get("status") == REPLACED:
        return reject("superseded", place, note_id)
    fields = _fields(resource, context)
    if resource.get("status") == WITHDRAWN:
        return Draft({**fields, "record_status": WITHDRAWN}, place)
    written = _composed(resource) if kind == "Composition" else _attached(_list(at(resource, *DOCUMENTS[kind])), place, context)
    if isinstance(written, Rejected):
        return replace(written, id=note_id)
    return Draft({**fields, "text": written.text}, place, written.pieces, written.notices)


def _fields(resource: Resource, context: Context) -> dict[Field, object]:
    days = (("context", "period", "start"), ("event", 0, "period", "start"), ("effectivePeriod", "start"), ("effectiveDateTime",), ("date",), ("issued",))
    setting = _said(at(resource, "context", "practiceSetting", "text")) or _said(at(resource, "context", "practiceSetting", "coding", 0, "display"))
    covers = [each for name, each in context.items() if at(each, "resourceType") == "Coverage" and name == _name(each)]
    fields: dict[Field, object] = {
        "id": _id(resource),
        "version": at(resource, "meta", "lastUpdated") or resource.get("date"),
        "date_of_service": next((day for path in days if (day := at(resource, *path))), None),
        "payer": at(covers[0], "payor", 0, "display") if len(covers) == 1 else None,
        "discipline": setting if setting and bare(setting) in recognition().disciplines else None,
        "patient": _named(resource.get("subject")),
        "therapist": _named(at(resource, "author", 0)) or _named(at(resource, "performer", 0)),
        "clinic": _named(resource.get("custodian")),
    }
    for relation in _list(resource.get("relatesTo")):
        target = _said(at(relation, "target", "reference")) or _said(at(relation, "targetReference", "reference")) or ""
        about = target.rpartition("/")[2].removeprefix("urn:uuid:") or _said(at(relation, "targetIdentifier", "value"))
        if about and at(relation, "code") in RELATIONS:
            fields[RELATIONS[relation["code"]]] = about
    return fields


def _composed(resource: Resource) -> Written:
    """Write a Composition's sections out, each under its title."""
    pieces = [("narrative", _narrative(resource))] if not _list(resource.get("section")) else []
    waiting = list(reversed(_list(resource.get("section"))))
    while waiting and len(pieces) < recognition().archive_entries:
        section = waiting.pop()
        title, text = _said(at(section, "title")), _narrative(section)
        pieces.append((f"section {title or len(pieces) + 1}", f"{title}:\n{text}" if title and text else text))
        waiting.extend(reversed(_list(at(section, "section"))))
    return joined(pieces)


def _narrative(resource: Any) -> str:
    return text_of_html(_said(at(resource, "text", "div")) or "")


def _attached(contents: list[Any], place: Place, context: Context) -> Written | Rejected:
    """Open the first attachment that can be read, plain text before other forms, for they say the same."""
    attachments = [each for each in (at(content, "attachment") or content for content in contents) if isinstance(each, dict)]
    known, order = recognition().content_types, list(recognition().content_types)
    ranked = sorted(((kind, each) for each in attachments if (kind := _kind(each)) in known), key=lambda pair: order.index(pair[0]))
    refused: Rejected | None = None
    for kind, attachment in ranked or [("text/plain", each) for each in attachments]:
        data = _bytes_of(attachment, context)
        if data is None:
            refused = refused or reject("attachment-elsewhere", place)
            continue
        written = read_document(data, known[kind], place) if isinstance(data, bytes) else reject(data, place)
        if isinstance(written, Written):
            return written
        refused = written
    return refused or reject("resource-without-note", place, kind="this kind")


def _kind(attachment: Mapping[str, Any]) -> str:
    return str(attachment.get("contentType", "")).partition(";")[0].strip().lower()


def _bytes_of(attachment: Mapping[str, Any], context: Context) -> bytes | str | None:
    """Decode what is attached, or what it points to within the Bundle; a reason where it is broken, None where it lies elsewhere."""
    data = attachment.get("data") or at(context.get(str(attachment.get("url"))), "data")
    if not isinstance(data, str):
        return None
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return "broken-attachment"


def _id(resource: Resource) -> str | None:
    return _said(resource.get("id")) or _said(at(resource, "identifier", 0, "value")) or _said(at(resource, "identifier", "value"))


def _named(reference: Any) -> str | None:
    """Say whom a reference means: by its identifier, by the resource it points to, or by the words shown for it."""
    target = _said(at(reference, "reference")) or ""
    return (
        _said(at(reference, "identifier", "value")) or target.rpartition("/")[2].removeprefix("urn:uuid:").removeprefix("#") or _said(at(reference, "display"))
    )


def _name(resource: Any) -> str | None:
    kind, own = _said(at(resource, "resourceType")), _said(at(resource, "id"))
    return f"{kind}/{own}" if kind and own else kind


def _said(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


DOCUMENTS: Mapping[str, tuple[str, ...]] = {"DocumentReference": ("content",), "Composition": ("section",), "DiagnosticReport": ("presentedForm",)}
RELATIONS: Mapping[str, Field] = {"replaces": "replaces", "appends": "addendum_to"}
