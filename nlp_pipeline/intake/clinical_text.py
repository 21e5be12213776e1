"""The text of a C-CDA document: the narrative of every section under its title; coded entries say nothing that the narrative does not."""

import base64
import binascii
from collections.abc import Callable, Iterator
from typing import Any

from nlp_pipeline.intake.markup import text_of_html
from nlp_pipeline.intake.received import Place, Rejected, Written, joined, reject
from nlp_pipeline.intake.recognition import recognition
from nlp_pipeline.intake.xml_reading import as_html

Opener = Callable[[bytes, str, Place], Written | Rejected]


def text_of_clinical_document(root: Any, place: Place, opener: Opener) -> Written | Rejected:
    """Write a document's narrative out; a body that is no XML is handed to the opener of documents."""
    if root.tag != "ClinicalDocument":
        return reject("unknown-xml", place)
    enclosed = root.find("component/nonXMLBody/text")
    return joined(_sections(root)) if enclosed is None else _enclosed(enclosed, place, opener)


def _sections(root: Any) -> Iterator[tuple[str, str]]:
    for number, section in enumerate(root.iter("section"), 1):
        title, code, narrative = " ".join(section.findtext("title", "").split()), section.find("code"), section.find("text")
        text = "" if narrative is None else text_of_html(as_html(narrative))
        name = title or (code.get("displayName") or code.get("code") if code is not None else None) or str(number)
        yield f"section {name}", f"{title}:\n{text}" if title and text else text


def _enclosed(text: Any, place: Place, opener: Opener) -> Written | Rejected:
    content = "".join(text.itertext())
    if text.get("representation") != "B64":
        return Written(content)
    try:
        data = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return reject("broken-attachment", place)
    kind = recognition().content_types.get(text.get("mediaType", "").lower(), "text")
    return opener(data, "text" if kind == "xml" else kind, place)  # a document in a document in a document is none
