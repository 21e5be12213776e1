"""A note becomes facts: sections, interventions, minutes, documentation. spaCy's Doc lives and dies in here."""

from collections.abc import Iterable, Iterator

from spacy.tokens import Doc

from nlp_pipeline.reading.batch import TEXT
from nlp_pipeline.reading.dosage import read_dosage
from nlp_pipeline.reading.interventions import BATCH, EVIDENCE_GROUP, INTERVENTIONS, InterventionFinder, Parts
from nlp_pipeline.reading.minutes import read_time
from nlp_pipeline.reading.services import block_at, find_blocks
from nlp_pipeline.reading.words import blank_english
from nlp_pipeline.records.facts import Block, Evidence, Facts, Intervention, Status
from nlp_pipeline.records.note import Note


class NoteReader:
    """Reads notes with a trained spaCy pipeline and rules of time."""

    def __init__(self, parts: Parts) -> None:
        self._nlp = blank_english()
        self._nlp.max_length = 10**8  # intake limits a note's size; no parser here needs spaCy's own limit
        self._finder = InterventionFinder(parts)

    def read(self, notes: Iterable[Note]) -> Iterator[Facts]:
        """Read notes in order, a batch at a time; every offset points into the note's text as given."""
        pairs = ((note.text, note) for note in notes)
        for doc, note in self._found(self._nlp.pipe(pairs, as_tuples=True, batch_size=BATCH)):
            blocks = find_blocks(note.text)
            interventions = tuple(_interventions(doc, note, blocks))
            yield Facts(note, blocks, interventions, read_time(note.text, blocks, interventions), tuple(_evidence(doc, note)))

    def _found(self, pairs: Iterator[tuple[Doc, Note]]) -> Iterator[tuple[Doc, Note]]:
        waiting: list[Note] = []

        def docs() -> Iterator[Doc]:
            for doc, note in pairs:
                waiting.append(note)
                doc.user_data[TEXT] = note.text
                yield doc

        for doc in self._finder.pipe(docs()):
            yield doc, waiting.pop(0)


def _interventions(doc: Doc, note: Note, blocks: tuple[Block, ...]) -> Iterator[Intervention]:
    group = doc.spans[INTERVENTIONS]
    spans = [(span.start_char, span.end_char, span.label_) for span in group]
    limits = [*(start for start, _, _ in spans[1:]), len(note.text)][: len(spans)]
    for (start, end, label), limit, sure in zip(spans, limits, group.attrs["sure"], strict=True):
        block = block_at(blocks, start)
        status: Status = label  # type: ignore[assignment]
        yield Intervention(
            note.span(start, end), status, sure, block.stated_code if block else None, block.id if block and block.stated_code else None,
            read_dosage(note.text, end, limit),
        )  # fmt: skip


def _evidence(doc: Doc, note: Note) -> Iterator[Evidence]:
    for span in doc.spans[EVIDENCE_GROUP]:
        yield Evidence(span.label_, note.span(span.start_char, span.end_char))  # type: ignore[arg-type]
