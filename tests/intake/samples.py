"""Real samples of each format, made by that format's own library."""

import io
from datetime import date, datetime
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa
from openpyxl import Workbook
from pyarrow import parquet


def workbook(**sheets):
    """Make a workbook of sheets, each a list of rows."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def parquet_file(**columns):
    """Make a Parquet file of columns."""
    kept = io.BytesIO()
    parquet.write_table(pa.table(columns), kept, row_group_size=2)
    return kept.getvalue()


def zipped(entries):
    """Make a zip archive of names and contents."""
    kept = io.BytesIO()
    with ZipFile(kept, "w", ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return kept.getvalue()


DAY = date(2026, 3, 2)
MOMENT = datetime(2026, 3, 2, 10, 15)


def pdf(*pages, password=None):
    """Make a PDF of pages, each a list of lines; a page that is None is a picture."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    kept = io.BytesIO()
    canvas = Canvas(kept, encrypt=password)
    for page in pages:
        if page is None:
            canvas.drawImage(ImageReader(picture()), 0, 0, 400, 600)
        for number, line in enumerate(page or ()):
            canvas.drawString(50, 800 - 20 * number, line)
        canvas.showPage()
    canvas.save()
    return kept.getvalue()


def picture():
    """Make a small picture."""
    from PIL import Image

    return Image.new("RGB", (20, 30), "white")


def word_document():
    """Open an empty Word document to be filled."""
    from docx import Document

    return Document()


def saved(document):
    """Give the bytes of a Word document."""
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()
