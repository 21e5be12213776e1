"""`unitwise audit report`: the papers of an audit in; a PDF, a page and a workbook out."""

import csv
import json
from pathlib import Path

from nlp_pipeline.apps.audit_folder import AuditFolder, read_record, write
from nlp_pipeline.errors import AuditRefused
from nlp_pipeline.records.audit_papers import About, Action, AuditPapers, RunFacts, VisitRow
from nlp_pipeline.records.estimate import AuditEstimate
from nlp_pipeline.records.storage import plain, record_of
from nlp_pipeline.reporting.audit_story import document_of
from nlp_pipeline.reporting.audit_words import Names, names_of

REPORT, PAGE, PAPERS, PDF, KEY = "report.json", "report.html", "report.xlsx", "report.pdf", "report_key.csv"


def report(folder: Path, *, masked: bool = True) -> int:
    """Write the report of an audit into its folder, and the key to the numbers in it."""
    audit = AuditFolder(folder)
    names = write_reports(audit, folder, masked=masked)
    if names.masked:
        write(folder / KEY, "number,name\n" + "".join(_key_rows(names)))
        print(f"Names and ids are shown as numbers; {folder / KEY} is the key. Keep it with the audit.")
    for name in (PDF, PAGE, PAPERS):
        print(folder / name)
    return 0


def write_reports(audit: AuditFolder, output: Path, *, masked: bool | None = None) -> Names:
    """Write every form of the report; what is not said is as in the report that is there already."""
    from nlp_pipeline.reporting.audit_workbook import write_workbook
    from nlp_pipeline.reporting.document_html import page_of
    from nlp_pipeline.reporting.document_pdf import write_pdf

    papers = papers_of(audit)
    names = names_of(papers, _was_masked(audit) if masked is None else masked)
    document = document_of(papers, names)
    laid = json.dumps({"masked": names.masked, **plain(document)}, ensure_ascii=False, indent=1) + "\n"
    write(output / REPORT, laid)
    write(output / PAGE, page_of(document))
    write_workbook(document, papers, names, output / PAPERS)
    write_pdf(laid, output / PDF)
    return names


def papers_of(audit: AuditFolder) -> AuditPapers:
    """Read all that lies in the folder of an audit; what has not been done yet is left out."""
    if not (audit.findings.exists() or audit.sample.exists()):
        raise AuditRefused(str(audit.path), "there is no audit in it", "Run `unitwise audit` or `unitwise audit sample` first.")
    about, actions = audit.path / "about.json", audit.path / "actions.csv"
    drawn = audit.sample.exists()
    return AuditPapers(
        about=read_record(About, about, "Its form is told in docs/audit_statistics.md.") if about.exists() else About(),
        run=read_record(RunFacts, audit.summary, "Run `unitwise audit` again.") if audit.summary.exists() else RunFacts(),
        visits=tuple(_visits(audit.findings)),
        universe=audit.drawn_universe_told() if drawn else None,
        sample=audit.read_sample() if drawn else None,
        judgements=audit.read_decisions(None) if drawn and audit.decisions.exists() else (),
        estimate=read_record(AuditEstimate, audit.estimate, "Run `unitwise audit estimate` again.") if audit.estimate.exists() else None,
        actions=_actions(actions) if actions.exists() else (),
        ruled=audit.read_rulings(),
    )


def _visits(path: Path) -> list[VisitRow]:
    if not path.exists():
        return []
    try:
        return [record_of(VisitRow, json.loads(line)) for line in path.read_text("utf-8").splitlines()]
    except (ValueError, TypeError, KeyError, ArithmeticError):
        raise AuditRefused(path.name, "it is not what this program writes", "Run `unitwise audit` again.") from None


def _actions(path: Path) -> tuple[Action, ...]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [{name.strip().lower(): (cell or "").strip() for name, cell in row.items() if name} for row in csv.DictReader(file)]
    return tuple(Action(row.get("category", ""), row.get("action", ""), row.get("owner", ""), row.get("due", "")) for row in rows)


def _was_masked(audit: AuditFolder) -> bool:
    path = audit.path / REPORT
    return bool(json.loads(path.read_text("utf-8")).get("masked", True)) if path.exists() else True


def _key_rows(names: Names) -> list[str]:
    pairs = [(number, name) for kind in (names.therapists, names.patients, names.visits) for name, number in kind.items()]
    return [f"{number},{_quoted(name)}\n" for number, name in pairs]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
