"""A note becomes facts: sections, interventions, minutes, documentation. spaCy's Doc lives and dies in here."""

from collections.abc import Iterable, Iterator
from itertools import islice

from nlp_pipeline.reading.batch import TEXT
from nlp_pipeline.reading.checkboxes import settled_by_box
from nlp_pipeline.reading.dosage import read_dosage
from nlp_pipeline.reading.interventions import BATCH, Found, InterventionFinder, Parts
from nlp_pipeline.reading.minutes import read_time
from nlp_pipeline.reading.services import block_at, find_blocks
from nlp_pipeline.reading.words import blank_english
from nlp_pipeline.records.facts import Block, Evidence, Facts, Intervention
from nlp_pipeline.records.note import Note

MOST_SPELLINGS = 50_000  # more than this are forgotten, so that memory does not grow with a run: each holds two kilobytes of tables


class NoteReader:
    """Reads notes with a trained spaCy pipeline and rules of time."""

    def __init__(self, parts: Parts) -> None:
        self._finder = InterventionFinder(parts)
        self._forget()

    def _forget(self) -> None:
        """Start with an empty vocabulary: spaCy and the finder keep every spelling that they meet."""
        self._nlp = blank_english()
        self._nlp.max_length = 10**8  # intake limits a note's size; no parser here needs spaCy's own limit
        self._finder.forget()

    def read(self, notes: Iterable[Note]) -> Iterator[Facts]:
        """Read notes in order, a batch at a time; every offset points into the note's text as given."""
        stream = iter(notes)
        while batch := list(islice(stream, BATCH)):
            if len(self._finder.types.normals) > MOST_SPELLINGS:
                self._forget()
            docs = [self._nlp.make_doc(note.text) for note in batch]
            for doc, note in zip(docs, batch, strict=True):
                doc.user_data[TEXT] = note.text
            for note, found in zip(batch, self._finder.find(docs), strict=True):
                blocks = find_blocks(note.text)
                interventions = tuple(_interventions(note, found, blocks))
                evidence = tuple(Evidence(element, note.span(start, end)) for start, end, element in found.evidence)
                yield Facts(note, blocks, interventions, read_time(note.text, blocks, interventions), evidence)


def _interventions(note: Note, found: Found, blocks: tuple[Block, ...]) -> Iterator[Intervention]:
    limits = [*(start for start, *_ in found.interventions[1:]), len(note.text)]
    for (start, end, status, sure), limit in zip(found.interventions, limits, strict=False):
        block = block_at(blocks, start)
        code = block.stated_code if block else None
        status = settled_by_box(note.text, start, status)
        yield Intervention(note.span(start, end), status, sure, code, block.id if block and code else None, read_dosage(note.text, end, limit))
