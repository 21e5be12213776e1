"""XML from strangers: nothing is fetched, nothing is expanded, and what declares entities of its own is refused."""

from typing import Any

from nlp_pipeline.intake.received import Place, Rejected, reject

NOT_ELEMENTS = ("comment", "processing instruction")


def parse_xml(data: bytes, place: Place) -> "Any | Rejected":
    """Parse a document into its root, all names without their namespaces."""
    from lxml import etree  # heavy, and most runs never need it

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        entities = b"<!ENTITY" in data.replace(b"\0", b"")
        return reject("xml-entities", place) if entities else reject("unreadable-file", place, why="it is not a whole XML document")
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        return reject("xml-entities", place)
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname
    return root


def as_html(element: Any) -> str:
    """Write a narrative block out, so that it is read as a web page is."""
    from lxml import etree

    written: str = etree.tostring(element, method="html", encoding="unicode", with_tail=False)
    return written
