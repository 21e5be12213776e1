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
AUTHORS = ("author/assignedAuthor", "documentationOf/serviceEvent/performer/assignedEntity", "legalAuthenticator/assignedEntity")
CLINICS = (
    "componentOf/encompassingEncounter/location/healthCareFacility",
    "custodian/assignedCustodian/representedCustodianOrganization",
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
        "patient": _identifier(root.find("recordTarget/patientRole/id")),
        "therapist": next((named for path in AUTHORS for person in root.findall(path) if (named := _person(person))), None),
        "clinic": next((named for path in CLINICS if (place := root.find(path)) is not None and (named := _place_name(place))), None),
        "replaces": f"set {whole_set}" if whole_set else None,
    }
    for related in root.findall("relatedDocument"):
        parent = _identifier(related.find("parentDocument/id"))
        if related.get("typeCode") == "APND":
            fields["addendum_to"] = parent
        elif related.get("typeCode") == "RPLC" and not whole_set:
            fields["replaces"] = parent
    return fields


def _person(role: Any) -> str | None:
    """Say who a role is played by: by number, else by name; a device is nobody."""
    person = role.find("assignedPerson")
    if person is None:
        return None
    return _identifier(role.find("id")) or _words(person.find("name"))


def _place_name(facility: Any) -> str | None:
    """Say which place is meant: by number, else by name."""
    name = facility.find("name")
    return _identifier(facility.find("id")) or _words(facility.find("location/name") if name is None else name)


def _words(element: Any) -> str | None:
    return None if element is None else " ".join(" ".join(element.itertext()).split()) or None


def _identifier(element: Any) -> str | None:
    if element is None:
        return None
    written: str | None = element.get("extension") or element.get("root")
    return written
