"""A document as one HTML page: no address in it, no script, readable in print, light and dark."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from nlp_pipeline.records.document import Document


def page_of(document: Document) -> str:
    """Write a document as HTML."""
    style = resources.files("nlp_pipeline.reporting").joinpath("templates/document.css").read_text("utf-8")
    seal = b64encode(sha256(style.encode()).digest()).decode()
    return _environment().get_template("document.html.j2").render(document=document, style=style, style_hash=f"sha256-{seal}")


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader("nlp_pipeline.reporting"), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True)
