"""The working papers of an audit: a workbook with every claim of the sample, every visit and every difference, beside the report's own tables."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from nlp_pipeline.records.audit_papers import AuditPapers
from nlp_pipeline.records.document import Document
from nlp_pipeline.records.sample import UnitJudgement
from nlp_pipeline.reporting.audit_words import Names, category_title

NO_CLOCK: Final = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # so that the same papers give the same bytes
SHEET_ROWS = 1_048_576
CELL_CHARACTERS = 32_767
WIDEST, NARROWEST = 60, 8
Cell = str | int | float | Decimal | date | bool | None


@dataclass(frozen=True, slots=True)
class Paper:
    """One sheet: its name, its columns and its rows."""

    name: str
    columns: tuple[str, ...]
    rows: Iterable[Sequence[Cell]]


def write_workbook(document: Document, papers: AuditPapers, names: Names, path: Path) -> None:
    """Write the working papers; text is only ever written as text, so that none of it can run."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": document.title, "created": NO_CLOCK})
        formats = {
            "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EDEFF2"}),
            "title": book.add_format({"bold": True, "font_size": 14}),
            "section": book.add_format({"bold": True, "font_size": 12, "bottom": 1}),
            "words": book.add_format({"text_wrap": True, "valign": "top"}),
            "money": book.add_format({"num_format": '"$"#,##0.00;[Red]-"$"#,##0.00', "valign": "top"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
        }
        _write_report(book.add_worksheet("Report"), document, formats)
        for paper in _papers(papers, names):
            _write_paper(book.add_worksheet(paper.name), paper, formats)


def _papers(papers: AuditPapers, names: Names) -> Iterator[Paper]:
    if papers.sample is not None:
        yield _sample(papers, names)
    if papers.visits:
        yield _visits(papers, names)
        yield _differences(papers, names)
    if papers.universe is not None:
        units = enumerate(papers.universe.units, 1)
        columns = ("number", "claim", "day", "therapist", "payer", "amount", "engine supports")
        rows = ((number, names.visit(each.id), each.day, names.therapist(each.therapist), each.payer, each.paid, each.engine) for number, each in units)
        yield Paper("Frame", columns, rows)
        yield Paper("Left out", ("claim", "amount", "why"), ((names.visit(each.id), each.paid, each.why) for each in papers.universe.left_out))


def _sample(papers: AuditPapers, names: Names) -> Paper:
    said = {each.id: each for each in papers.judgements}
    units = {each.id: each for each in (papers.universe.units if papers.universe else ())}
    became = {each.id: ", ".join(dict.fromkeys(one.policy for one in papers.ruled if one.unit == each.id)) for each in papers.judgements}
    rows = []
    for each in papers.sample.drawn if papers.sample else ():
        unit, judgement = units.get(each.id), said.get(each.id, UnitJudgement(each.id, None))
        final = judgement.final
        place: list[Cell] = [each.stratum, each.place, each.role, each.number, names.visit(each.id), unit.day if unit else None, each.paid]
        found: list[Cell] = [final, None if final is None else each.paid - final, "; ".join(map(category_title, judgement.categories))]
        answer: list[Cell] = [
            judgement.therapist_agrees,
            judgement.rebuttal,
            names.speak(judgement.rebuttal_words),
            names.speak(judgement.remark),
            each.ticket,
        ]
        rows.append([*place, *found, *_review(judgement), names.speak(became.get(each.id, "")), *answer])
    columns = (
        *("stratum", "place", "role", "number", "claim", "day", "submitted", "supported", "difference", "categories"),
        *("reviewer", "pass", "decided", "minutes", "activities", "decided at", "standing", "first: supported", "second: supported", "second reviewer"),
        *("second: decided", "second: minutes", "second: activities", "second: decided at", "adjudicated", "adjudicator"),
        *("adjudicated: decided", "adjudicated: minutes", "adjudicated: activities", "adjudicated at", "house policy"),
        *("therapist agrees", "rebuttal", "rebuttal in words", "remark", "ticket"),
    )
    return Paper("Sample", columns, rows)


def _review(said: UnitJudgement) -> list[Cell]:
    return [
        *(said.reviewer, said.review, said.decided, said.minutes, said.activities, said.decided_at, said.standing if said.supported is not None else ""),
        *(said.supported, said.second_supported, said.second_reviewer),
        *(said.second_decided, said.second_minutes, said.second_activities, said.second_decided_at),
        *(said.adjudicated, said.adjudicator, said.adjudicated_decided, said.adjudicated_minutes, said.adjudicated_activities, said.adjudicated_at),
    ]


def _visits(papers: AuditPapers, names: Names) -> Paper:
    columns = ("visit", "day", "patient", "therapist", "payer", "outcome", "submitted", "supported", "difference", "categories")
    rows = (
        (
            *(names.visit(each.id), each.date_of_service, names.patient(each.patient), names.therapist(each.therapist), each.payer, each.outcome),
            *(each.submitted_amount, each.supported_amount, each.difference),
            "; ".join(dict.fromkeys(category_title(row.category) for row in each.discrepancies)),
        )
        for each in papers.visits
    )
    return Paper("Visits", columns, rows)


def _differences(papers: AuditPapers, names: Names) -> Paper:
    columns = ("visit", "day", "category", "direction", "material", "code", "amount", "at risk", "what", "first step that differs", "source", "rules dated")
    rows = (
        (
            *(names.visit(visit.id), visit.date_of_service, category_title(each.category), each.direction, "yes" if each.material else "no", each.code),
            *(
                each.amount,
                each.at_risk,
                names.speak(each.message),
                each.divergence.step if each.divergence else "",
                f"{each.source} ({each.mark})",
                each.rules,
            ),
        )
        for visit in papers.visits
        for each in visit.discrepancies
    )
    return Paper("Differences", columns, rows)


def _write_report(sheet: Any, document: Document, formats: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 44, formats["words"])
    sheet.set_column(1, 9, 22, formats["words"])
    row = 0
    for told, look in ((document.banner, "section"), (document.title, "title"), (document.subtitle, "words")):
        if told:
            sheet.write_string(row, 0, told, formats[look])
            row += 1
    for label, value in document.facts:
        sheet.write_string(row, 0, label)
        sheet.write_string(row, 1, value)
        row += 1
    for section in document.sections:
        row += 1
        sheet.write_string(row, 0, section.title, formats["section"])
        row += 1
        for block in section.blocks:
            words = [] if block.kind == "chart" else [each for each in (block.text, *block.items) if each]
            for line in words:
                sheet.merge_range(row, 0, row, 6, "", formats["words"])
                sheet.write_string(row, 0, line[:CELL_CHARACTERS], formats["words"])
                sheet.set_row(row, 15 * (1 + len(line) // 150))
                row += 1
            for cells, look in ((block.columns, "head"), *((each, "words") for each in block.rows)):
                for column, cell in enumerate(cells):
                    sheet.write_string(row, column, cell[:CELL_CHARACTERS], formats[look])
                row += bool(cells)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write_paper(sheet: Any, paper: Paper, formats: dict[str, Any]) -> None:
    widths = [len(column) for column in paper.columns]
    for column, name in enumerate(paper.columns):
        sheet.write_string(0, column, name, formats["head"])
    last = 0
    for last, cells in enumerate(paper.rows, 1):
        if last >= SHEET_ROWS:
            break
        for column, cell in enumerate(cells):
            _write_cell(sheet, (last, column), cell, formats)
            widths[column] = max(widths[column], len(str(cell)) if cell is not None else 0)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(WIDEST, max(NARROWEST, width + 2)))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(last, 1), len(paper.columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _write_cell(sheet: Any, place: tuple[int, int], cell: Cell, formats: dict[str, Any]) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        sheet.write_string(*place, "yes" if cell else "no", formats["words"])
    elif isinstance(cell, Decimal):
        sheet.write_number(*place, float(cell), formats["money"])
    elif isinstance(cell, int | float):
        sheet.write_number(*place, cell)
    elif isinstance(cell, date):
        sheet.write_datetime(*place, cell, formats["day"])
    else:
        sheet.write_string(*place, cell[:CELL_CHARACTERS], formats["words"])
