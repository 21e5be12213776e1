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
