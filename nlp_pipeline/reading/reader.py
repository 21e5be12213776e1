"""A note becomes facts: sections, interventions, minutes, documentation. spaCy's Doc lives and dies in here."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from nlp_pipeline.reading.checkboxes import settled_by_box
from nlp_pipeline.reading.dosage import read_dosage
from nlp_pipeline.reading.interventions import BATCH, Found, InterventionFinder, Parts
from nlp_pipeline.reading.minutes import read_time
from nlp_pipeline.reading.services import block_at, find_blocks
from nlp_pipeline.reading.visit_log import VisitLog
from nlp_pipeline.records.facts import Block, Evidence, Facts, Heard, Intervention
from nlp_pipeline.records.note import Note

if TYPE_CHECKING:
    from spacy.language import Language

CAREFUL_BATCH = 32  # notes that the encoder reads together: it gains nothing from more, and its vectors are wide
MOST_SPELLINGS = 30_000  # more than this are forgotten, so that memory does not grow with a run: each holds two kilobytes of tables


class NoteReader:
    """Reads notes with a trained spaCy pipeline and rules of time; with the careful reader's parts an encoder reads, else the fast network."""

    def __init__(self, parts: Parts, careful: Parts | None = None) -> None:
        self._finder = InterventionFinder(parts, careful)
        self._batch = CAREFUL_BATCH if careful else BATCH

    def pipeline(self) -> "Language":
        """Give the reader as a spaCy pipeline, for whoever works on docs: span groups "interventions" and "evidence" on each.

        `read` runs the same component on the texts themselves: no doc is built that nobody looks at.
        """
        from spacy.language import Language

        from nlp_pipeline.reading.words import blank_english

        Language.component("therapy_interventions", func=self._finder, assigns=["doc.spans"])
        nlp = blank_english()
        nlp.add_pipe("therapy_interventions")
        return nlp

    def read(self, notes: Iterable[Note]) -> Iterator[Facts]:
        """Read notes in order, a batch at a time; every offset points into the note's text as given."""
        stream = iter(notes)
        while batch := list(islice(stream, self._batch)):
            if len(self._finder.types.normals) > MOST_SPELLINGS:
                self._finder.forget()
            for note, found in zip(batch, self._finder.find([note.text for note in batch]), strict=True):
                blocks = find_blocks(note.text)
                interventions = tuple(_interventions(note, found, blocks))
                evidence = tuple(Evidence(element, note.span(start, end)) for start, end, element in found.evidence)
                yield Facts(note, blocks, interventions, read_time(note.text, blocks, interventions), evidence)

    def listen(self, batch: Sequence[Facts]) -> list[Facts]:
        """Hear again what speaks for each code, where it now stands: for notes whose words have changed since they were read.

        Of an intervention that nothing was heard of before, nothing is heard now.
        """
        heard = self._finder.hear([(facts.note.text, [(each.span.start, each.span.end) for each in facts.interventions]) for facts in batch])
        return [
            replace(facts, interventions=tuple(_heard_again(facts.note, each, parts) for each, parts in zip(facts.interventions, told, strict=True)))
            for facts, told in zip(batch, heard, strict=True)
        ]


def _heard(note: Note, parts: Sequence[tuple[int, int, list[float]]]) -> tuple[Heard, ...]:
    return tuple([Heard(note.span(start, end), tuple(weights)) for start, end, weights in parts])


def _heard_again(note: Note, intervention: Intervention, parts: Sequence[tuple[int, int, list[float]]]) -> Intervention:
    return replace(intervention, heard=_heard(note, parts)) if intervention.heard else intervention


def _interventions(note: Note, found: Found, blocks: tuple[Block, ...]) -> Iterator[Intervention]:
    log = VisitLog(note.text, note.date_of_service)
    limits = [*(start for start, *_ in found.interventions[1:]), len(note.text)]
    for (start, end, status, sure), limit, parts in zip(found.interventions, limits, found.heard, strict=False):
        block = block_at(blocks, start)
        code = block.stated_code if block else None
        status = log.settled(start, settled_by_box(note.text, start, status))
        dosage = read_dosage(note.text, end, limit)
        yield Intervention(note.span(start, end), status, sure, code, block.id if block and code else None, dosage, _heard(note, parts))
