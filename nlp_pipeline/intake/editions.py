"""Editions: of a document that was amended, replaced, added to or withdrawn, the last word counts and every earlier one is accounted for."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from nlp_pipeline.intake.notes import id_of, said
from nlp_pipeline.intake.received import Draft, Rejected, joined, reject
from nlp_pipeline.intake.recognition import Field, bare, recognition

EDITION_FIELDS: frozenset[Field] = frozenset({"version", "record_status", "addendum_to", "replaces"})
NUMBER_LENGTH = 20  # version numbers are compared as text, so that days and numbers both rise
SCHEMA = """
CREATE TABLE parent (id TEXT PRIMARY KEY, of_id TEXT) WITHOUT ROWID;
CREATE TABLE edition (place INTEGER PRIMARY KEY, id TEXT, rank TEXT, kind TEXT);
CREATE TABLE best (root TEXT PRIMARY KEY, rank TEXT, place INTEGER, kind TEXT, id TEXT, steps INTEGER) WITHOUT ROWID;
CREATE TABLE loose (of_id TEXT, rank TEXT, place INTEGER, name TEXT, text TEXT);
CREATE TABLE addendum (root TEXT, rank TEXT, place INTEGER, name TEXT, text TEXT);
"""
NEWER = """
INSERT INTO best VALUES (:root, :rank, :place, 'text', :id, :steps) ON CONFLICT (root)
DO UPDATE SET rank = excluded.rank, place = excluded.place, id = excluded.id, steps = excluded.steps
WHERE (excluded.steps, excluded.rank, excluded.place) > (best.steps, best.rank, best.place)
"""
TAKEN_BACK = """
INSERT INTO best VALUES (:root, :rank, :place, 'withdrawal', :id, 0) ON CONFLICT (root)
DO UPDATE SET kind = 'withdrawal' WHERE best.id = excluded.id AND (excluded.rank, excluded.place) > (best.rank, best.place)
"""


@dataclass(frozen=True, slots=True)
class Edition:
    """What a draft says of its own standing: how late it is, whether it gives, adds or withdraws, and which document it is about."""

    rank: str
    kind: str
    of_id: str | None


def edition_of(draft: Draft) -> Edition | None:
    """Read what a draft says of its standing; None where its source knows no editions.

    >>> from nlp_pipeline.intake.received import Place
    >>> edition_of(Draft({"text": "squats", "version": "2"}, Place("notes.csv", 4)))
    Edition(rank='00000000000000000002', kind='text', of_id=None)
    """
    fields = draft.fields
    if not EDITION_FIELDS & fields.keys():
        return None
    version, status = said(fields.get("version")) or "", said(fields.get("record_status")) or ""
    added_to, replaced = said(fields.get("addendum_to")), said(fields.get("replaces"))
    rank = version.zfill(NUMBER_LENGTH) if version.isdigit() else version
    if bare(status) in recognition().withdrawn_words:
        return Edition(rank, "withdrawal", replaced)
    return Edition(rank, "addendum" if added_to else "text", added_to or replaced)


class Editions:
    """Remembers, in a private temporary database, which edition of every document is the last; filled in a first reading, asked in the second."""

    def __init__(self) -> None:
        import sqlite3  # read only when a bulk run starts

        self._kept = sqlite3.connect("", isolation_level=None)
        self._kept.executescript(SCHEMA)
        self._kept.execute("BEGIN")
        self._taken = 0

    def learn(self, drafts: Iterable[Draft | Rejected], *, whole: bool) -> None:
        """Read what drafts say of their standing; unless the whole source is to be read, stop at a first draft that says nothing."""
        for draft in drafts:
            if isinstance(draft, Rejected):
                continue
            edition = edition_of(draft)
            if edition is not None:
                self._enter(draft, edition)
            elif not whole:
                return

    def _enter(self, draft: Draft, edition: Edition) -> None:
        place, note_id = self._next_place(), id_of(draft)
        self._kept.execute("INSERT INTO edition VALUES (?, ?, ?, ?)", (place, note_id, edition.rank, edition.kind))
        if edition.of_id is not None and edition.of_id != note_id and edition.kind != "addendum":
            self._kept.execute("INSERT OR IGNORE INTO parent VALUES (?, ?)", (note_id, edition.of_id))
        if edition.kind == "addendum":
            text = draft.fields.get("text")
            row = (edition.of_id, edition.rank, place, f"addendum {note_id}", text if isinstance(text, str) else "")
            self._kept.execute("INSERT INTO loose VALUES (?, ?, ?, ?, ?)", row)

    def settle(self) -> None:
        """Work out the last edition of each document, once all have been learned; then start over from the first place."""
        for kind, newer in (("text", NEWER), ("withdrawal", TAKEN_BACK)):  # what is taken back is a document, and not what came in its place
            for place, note_id, rank in self._kept.execute("SELECT place, id, rank FROM edition WHERE kind = ?", (kind,)):
                root, steps = self._root(note_id)
                self._kept.execute(newer, {"root": root, "rank": rank, "place": place, "id": note_id, "steps": steps})
        for of_id, *rest in self._kept.execute("SELECT of_id, rank, place, name, text FROM loose"):
            self._kept.execute("INSERT INTO addendum VALUES (?, ?, ?, ?, ?)", (self._root(of_id)[0], *rest))
        self._kept.execute("CREATE INDEX by_root ON addendum (root)")
        self._taken = 0

    def judge(self, draft: Draft) -> Draft | Rejected:
        """Give the last edition with its addenda, and reject the others with the reason why they are not coded."""
        edition = edition_of(draft)
        if edition is None:
            return draft
        place, note_id = self._next_place(), id_of(draft)
        about = edition.of_id if edition.kind == "addendum" and edition.of_id else note_id
        root, _ = self._root(about)
        best = self._kept.execute("SELECT rank, place, kind FROM best WHERE root = ?", (root,)).fetchone()
        if best is None:  # an addendum whose note is not here is all there is
            return replace(draft, notices=(*draft.notices, "addendum-without-its-note"))
        if edition.kind == "withdrawal":
            return reject("withdrawal", draft.place, note_id)
        if best[2] == "withdrawal":
            return reject("withdrawn-note", draft.place, note_id)
        if edition.kind == "addendum":
            return reject("addendum-joined" if edition.rank >= best[0] else "superseded", draft.place, note_id)
        return self._with_addenda(draft, root, best[0]) if place == best[1] else reject("superseded", draft.place, note_id)

    def _with_addenda(self, draft: Draft, root: str, rank: str) -> Draft:
        """Join what was added after the last edition to its text."""
        rows = self._kept.execute("SELECT name, text FROM addendum WHERE root = ? AND rank >= ? ORDER BY rank, place", (root, rank)).fetchall()
        later = [(name, text) for name, text in rows if text.strip()]
        text = draft.fields.get("text")
        if not later or not isinstance(text, str):
            return draft
        both = joined([("note", text), *later])
        pieces = (*(draft.pieces or both.pieces[:1]), *both.pieces[1:])
        return replace(draft, fields={**draft.fields, "text": both.text}, pieces=pieces)

    def _root(self, note_id: str) -> tuple[str, int]:
        """Follow a document back to the first one that it replaces, and count the steps."""
        passed = {note_id}
        while (row := self._kept.execute("SELECT of_id FROM parent WHERE id = ?", (note_id,)).fetchone()) and row[0] not in passed:
            note_id = row[0]
            passed.add(note_id)
        return note_id, len(passed) - 1

    def _next_place(self) -> int:
        self._taken += 1
        return self._taken

    def close(self) -> None:
        """Forget all."""
        self._kept.close()
