"""C-CDA documents to drafts: what the header says of the visit and of the document's editions, and the text."""

from io import BufferedReader
from typing import Any

from nlp_pipeline.intake.clinical_text import text_of_clinical_document
from nlp_pipeline.intake.documents import read_document, whole
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.received import Draft, Drafts, Rejected
from nlp_pipeline.intake.recognition import Field
from nlp_pipeline.intake.sources import Source
from nlp_pipeline.intake.xml_reading import parse_xml

DAYS = (
    "documentationOf/serviceEvent/effectiveTime/low",
    "documentationOf/serviceEvent/effectiveTime",
    "componentOf/encompassingEncounter/effectiveTime/low",
    "componentOf/encompassingEncounter/effectiveTime",
    "effectiveTime",
)


def read_xml(source: Source, stream: BufferedReader, profile: Profile) -> Drafts:
    """Read an XML file, which is one C-CDA document."""
    data = whole(source, stream)
    root = data if isinstance(data, Rejected) else parse_xml(data, source.place())
    if isinstance(root, Rejected):
        yield root
        return
    written = text_of_clinical_document(root, source.place(), read_document)
    if isinstance(written, Rejected):
        yield written
    else:
        fields = _fields(root)
        yield Draft({**fields, "id": fields["id"] or source.note_id, "text": written.text}, source.place(), written.pieces, written.notices)


def _fields(root: Any) -> dict[Field, object]:
    """Read what the header says; documents of one set are editions of each other."""
    day = next((value for path in DAYS if (element := root.find(path)) is not None and (value := element.get("value"))), None)
    number, whole_set = root.find("versionNumber"), _identifier(root.find("setId"))
    fields: dict[Field, object] = {
        "id": _identifier(root.find("id")),
        "version": number.get("value") if number is not None else None,
        "date_of_service": day,
        "replaces": f"set {whole_set}" if whole_set else None,
    }
    for related in root.findall("relatedDocument"):
        parent = _identifier(related.find("parentDocument/id"))
        if related.get("typeCode") == "APND":
            fields["addendum_to"] = parent
        elif related.get("typeCode") == "RPLC" and not whole_set:
            fields["replaces"] = parent
    return fields


def _identifier(element: Any) -> str | None:
    if element is None:
        return None
    written: str | None = element.get("extension") or element.get("root")
    return written
