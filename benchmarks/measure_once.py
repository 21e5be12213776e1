"""One measurement in a process of its own: `python -m benchmarks.measure_once {full,careful,tokenizer,stages,alone} NOTES`, figures as JSON on stdout.

NOTES is a JSON list of texts. Loading and the first WARM_UP notes are not timed, for either side; the rest is read once, so that
only what a program carries from note to note in daily use can help it. Time is the processor's, all threads added up: other work on the machine does not count.
"""

import json
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlp_pipeline.records.coded_note import ReaderName

WARM_UP = 64
ALONE, CAREFUL = 200, 150

Figures = dict[str, float]


def measure_tokenizer(texts: list[str]) -> Figures:
    """Time spaCy's own English tokenizer, as shipped."""
    import spacy

    pipe = spacy.blank("en").pipe
    return _timed(lambda some: (str(len(doc)) for doc in pipe(some)), texts)


def measure_full(texts: list[str], reader: "ReaderName" = "fast") -> Figures:
    """Time the full path: text in, one line of JSON out. Loading, imports included, is told apart."""
    start = process_time()
    from nlp_pipeline import Note, Pipeline
    from nlp_pipeline.records.schema import write_line

    pipeline = Pipeline.load(reader=reader)
    loading = process_time() - start

    def lines(some: list[str]) -> Iterator[str]:
        return map(write_line, pipeline.code(Note(f"n{at}", text) for at, text in enumerate(some)))

    return {"loading_seconds": loading} | _timed(lines, texts)


def measure_careful(texts: list[str]) -> Figures:
    """Time the full path with the careful reader, on as many notes as take about as long."""
    return measure_full(texts[: WARM_UP + CAREFUL], "careful")


def measure_stages(texts: list[str]) -> Figures:
    """Time each room by itself, in milliseconds a note."""
    from nlp_pipeline import Note, Pipeline
    from nlp_pipeline.records.schema import write_line

    pipeline = Pipeline.load(reader="fast")
    notes = [Note(f"n{at}", text) for at, text in enumerate(texts)]
    for _ in pipeline.code(notes[:WARM_UP]):
        pass
    notes = notes[WARM_UP:]
    spent = {}
    start = process_time()
    read = list(pipeline.reader.read(notes))
    spent["read"] = process_time() - start
    suggested = list(pipeline.suggester.suggest(read))
    spent["suggest"] = process_time() - start - sum(spent.values())
    cases = []
    for facts, suggestions in suggested:
        rules = pipeline.rulebook.on(facts.note.date_of_service, facts.note.payer)
        encounter = pipeline.biller.gather(facts, suggestions, rules)
        cases.append((facts, suggestions, encounter, pipeline.biller.bill(encounter, rules), rules))
    spent["bill"] = process_time() - start - sum(spent.values())
    for case in cases:
        pipeline.auditor.audit(*case)
    spent["audit"] = process_time() - start - sum(spent.values())
    coded_notes = list(pipeline.code(notes))
    start = process_time()
    for coded in coded_notes:
        write_line(coded)
    spent["json"] = process_time() - start
    return {stage: 1000 * seconds / len(notes) for stage, seconds in spent.items()}


def measure_alone(texts: list[str]) -> Figures:
    """Time notes that come one by one, as in an editor: milliseconds a note, the median."""
    from nlp_pipeline import Note, Pipeline
    from nlp_pipeline.records.schema import write_line

    pipeline, spent = Pipeline.load(), []
    for text in texts[: WARM_UP + ALONE]:
        start = process_time()
        [coded] = pipeline.code([Note("n", text)])
        write_line(coded)
        spent.append(1000 * (process_time() - start))
    return {"milliseconds": median(spent[WARM_UP:])}


def _timed(work: Callable[[list[str]], Iterator[str]], texts: list[str]) -> Figures:
    for _ in work(texts[:WARM_UP]):
        pass
    fresh = texts[WARM_UP:]
    start = process_time()
    for _ in work(fresh):
        pass
    seconds = process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    words = sum(len(text.split()) for text in fresh)
    return {
        "notes": len(fresh),
        "words_per_note": words / len(fresh),
        "notes_per_second": len(fresh) / seconds,
        "words_per_second": words / seconds,
        "peak_megabytes": peak,
    }


MEASURES = {"full": measure_full, "careful": measure_careful, "tokenizer": measure_tokenizer, "stages": measure_stages, "alone": measure_alone}

if __name__ == "__main__":
    print(json.dumps(MEASURES[sys.argv[1]](json.loads(Path(sys.argv[2]).read_text("utf-8")))))
