"""C-CDA documents to drafts: the narrative of every section under its title; coded entries say nothing that the narrative does not."""

import base64
import binascii
from collections.abc import Iterator
from io import BufferedReader
from typing import Any

from nlp_pipeline.intake.documents import read_document, whole
from nlp_pipeline.intake.markup import text_of_html
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.received import Draft, Drafts, Place, Rejected, Written, joined, reject
from nlp_pipeline.intake.recognition import Field, recognition
from nlp_pipeline.intake.sources import Source
from nlp_pipeline.intake.xml_reading import as_html, parse_xml

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
    written = _written(root, source.place())
    if isinstance(written, Rejected):
        yield written
    else:
        fields = _fields(root)
        yield Draft({**fields, "id": fields["id"] or source.note_id, "text": written.text}, source.place(), written.pieces, written.notices)


def read_clinical_document(data: bytes, place: Place) -> Written | Rejected:
    """Read the text of a C-CDA document that is attached to something else."""
    root = parse_xml(data, place)
    return root if isinstance(root, Rejected) else _written(root, place)


def _written(root: Any, place: Place) -> Written | Rejected:
    if root.tag != "ClinicalDocument":
        return reject("unknown-xml", place)
    enclosed = root.find("component/nonXMLBody/text")
    return joined(_sections(root)) if enclosed is None else _enclosed(enclosed, place)


def _sections(root: Any) -> Iterator[tuple[str, str]]:
    for number, section in enumerate(root.iter("section"), 1):
        title, code, narrative = " ".join(section.findtext("title", "").split()), section.find("code"), section.find("text")
        text = "" if narrative is None else text_of_html(as_html(narrative))
        name = title or (code.get("displayName") or code.get("code") if code is not None else None) or str(number)
        yield f"section {name}", f"{title}:\n{text}" if title and text else text


def _enclosed(text: Any, place: Place) -> Written | Rejected:
    content = "".join(text.itertext())
    if text.get("representation") != "B64":
        return Written(content)
    try:
        data = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return reject("broken-attachment", place)
    kind = recognition().content_types.get(text.get("mediaType", "").lower(), "text")
    return read_document(data, "text" if kind == "xml" else kind, place)  # a document in a document in a document is none


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
