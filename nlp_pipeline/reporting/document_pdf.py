"""A document as a PDF for print and for screen readers (PDF/UA-1), the same bytes for the same document."""

import shutil
import tempfile
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Final

from nlp_pipeline.errors import AuditRefused

NO_CLOCK: Final = datetime(2000, 1, 1, tzinfo=UTC)
STANDARD: Final = "ua-1"


def write_pdf(laid_out: str, path: Path) -> None:
    """Write a document, laid out as JSON, as a PDF: the words reach the typesetter as data, never as its own language."""
    try:
        import typst
    except ImportError:
        raise AuditRefused("the PDF", "the typesetter is not installed", "Install unitwise with the extra 'audit'.") from None
    with tempfile.TemporaryDirectory(prefix="unitwise-report-") as place:
        template = resources.files("nlp_pipeline.reporting").joinpath("templates/document.typ")
        Path(place, "document.typ").write_text(template.read_text("utf-8"), "utf-8")
        Path(place, "report.json").write_text(laid_out, "utf-8")
        made = Path(place, "report.pdf")
        typst.compile(
            str(Path(place, "document.typ")),
            output=str(made),
            root=place,
            ignore_system_fonts=True,
            pdf_standards=[STANDARD],
            timestamp=int(NO_CLOCK.timestamp()),
        )
        shutil.move(made, path)
