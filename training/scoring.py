"""Score coded notes against marked ones: spans, status, codes, minutes, documentation, calibration."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp_pipeline.errors import CorpusError
from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.facts import ELEMENTS
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.suggestion import Suggestion
from training.coder import TARGETS
from training.corpus import MarkedIntervention, MarkedNote
from training.matching import pair

PERFORMED = "performed"
_BINS = 10  # of confidence, for the calibration error


@dataclass(frozen=True, slots=True)
class Answer:
    """What is right for one note; None where nobody said."""

    note: Note
    interventions: tuple[MarkedIntervention, ...]
    minutes_by_code: Mapping[str, float] | None
    units: Mapping[str, int] | None
    documentation: Mapping[str, bool]


def read_answers(paths: Iterable[Path]) -> list[Answer]:
    """Read gold notes (docs/corpus.md shows the form), one JSON object a line."""
    answers = []
    for path in paths:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if line.strip():
                try:
                    answers.append(_answer(json.loads(line)))
                except KeyError as error:
                    raise CorpusError(path, number, f"a gold note without {error}: docs/corpus.md shows the form") from None
                except (ValueError, TypeError, AttributeError):
                    raise CorpusError(path, number, "not a gold note, one JSON object a line: docs/corpus.md shows the form") from None
    return answers


def _answer(row: Mapping[str, Any]) -> Answer:
    found = tuple(
        MarkedIntervention(each["start"], each["end"], each["status"], each["code"], bool(each.get("ambiguous")), each.get("stated_code"))
        for each in row["interventions"]
    )
    billing = row.get("billing") or {}
    minutes, units = _filled(billing.get("minutes_by_code")), _filled(billing.get("units_cms"))
    return Answer(Note(str(row["id"]), row["text"], discipline=row.get("discipline")), found, minutes, units, row.get("documentation") or {})


def answer_of(note: MarkedNote) -> Answer:
    """Give the answer that a note's own marks imply; clock intervals count where a code has no minutes of its own."""
    minutes: dict[str, float] = {}
    for kind in ("code", "start_stop"):
        settled = set(minutes) if kind == "start_stop" else set()
        for each in note.minutes:
            if each.kind == kind and each.code and each.code not in settled:
                minutes[each.code] = minutes.get(each.code, 0) + each.minutes
    told: dict[str, bool] = {element: any(each.element == element for each in note.elements) for element in ELEMENTS}
    return Answer(Note(note.id, note.text, discipline=note.discipline), note.interventions, _filled(minutes), None, told)


def _filled(numbers: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {code: number for code, number in (numbers or {}).items() if number} or None


class Scores:
    """Counts over many notes; `figures` makes rates of them."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.by_code: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.bins: list[list[float]] = [[0, 0.0, 0] for _ in range(_BINS)]

    def add(self, answer: Answer, coded: CodedNote) -> None:
        """Count one note."""
        found = [(each.span.start, each.span.end, each.status, one) for each, one in zip(coded.facts.interventions, coded.suggestions, strict=True)]
        for right, guess in pair([(each.start, each.end) for each in answer.interventions], [(each[0], each[1]) for each in found]):
            self.count["matched"] += 1
            self.count["status right"] += answer.interventions[right].status == found[guess][2]
        wanted = [each for each in answer.interventions if each.status == PERFORMED]
        given = [each for each in found if each[2] == PERFORMED]
        pairs = pair([(each.start, each.end) for each in wanted], [(each[0], each[1]) for each in given])
        self.count.update({"marked": len(wanted), "found": len(given), "shared": len(pairs)})
        for right, guess in pairs:
            self._code(wanted[right], given[guess][3])
        self._billing(answer, coded)
        for element, told in answer.documentation.items():
            if element in ELEMENTS and told is not None:
                self.count["elements"] += 1
                self.count["elements right"] += told == any(each.element == element for each in coded.facts.evidence)

    def merge(self, other: "Scores") -> None:
        """Add the counts of other notes."""
        self.count.update(other.count)
        for code, told in other.by_code.items():
            self.by_code[code].update(told)
        for mine, its in zip(self.bins, other.bins, strict=True):
            mine[:] = [a + b for a, b in zip(mine, its, strict=True)]

    def _code(self, wanted: MarkedIntervention, given: Suggestion) -> None:
        code, right = given.code, wanted.code == given.code
        if given.prediction_set is not None:
            self.count.update({"sets": 1, "sets right": wanted.code in given.prediction_set, "set codes": len(given.prediction_set)})
        self.count["coded right"] += right
        if wanted.code in TARGETS:
            self.count.update({"three": 1, "three right": right})
            if not wanted.ambiguous:
                self.count.update({"firm": 1, "firm right": right})
            if not given.needs_review:
                self.count.update({"sure": 1, "sure right": right})
            place = self.bins[min(_BINS - 1, int(given.confidence * _BINS))]
            place[0] += 1
            place[1] += given.confidence
            place[2] += right
        self.by_code[wanted.code][code] += 1

    def _billing(self, answer: Answer, coded: CodedNote) -> None:
        minutes = _filled(coded.claim.minutes_by_code)
        if answer.minutes_by_code:
            self.count.update({"timed notes": 1, "minutes right": answer.minutes_by_code == minutes})
            if answer.units:
                share = coded.claim.units.get("cms")
                self.count.update({"unit notes": 1, "units right": share is not None and answer.units == _filled(share.units)})
        else:
            self.count.update({"untimed notes": 1, "untimed right": not minutes})

    def figures(self) -> dict[str, float | int | None]:
        """Give the rates, rounded to four places; None where nothing was counted."""
        count = self.count
        total = sum(each[0] for each in self.bins)
        return {
            "performed": count["marked"],
            "span_precision": _rate(count["shared"], count["found"]),
            "span_recall": _rate(count["shared"], count["marked"]),
            "span_f1": _rate(2 * count["shared"], count["found"] + count["marked"]),
            "end_to_end_f1": _rate(2 * count["coded right"], count["found"] + count["marked"]),
            "status_accuracy": _rate(count["status right"], count["matched"]),
            "code_accuracy_three": _rate(count["three right"], count["three"]),
            "code_accuracy_firm": _rate(count["firm right"], count["firm"]),
            "accuracy_without_review": _rate(count["sure right"], count["sure"]),
            "share_without_review": _rate(count["sure"], count["three"]),
            "calibration_error": round(sum(abs(each[1] - each[2]) for each in self.bins) / total, 4) if total else None,
            "set_coverage": _rate(count["sets right"], count["sets"]),
            "codes_in_a_set": _rate(count["set codes"], count["sets"]),
            "minutes_exact": _rate(count["minutes right"], count["timed notes"]),
            "units_exact": _rate(count["units right"], count["unit notes"]),
            "no_minutes_respected": _rate(count["untimed right"], count["untimed notes"]),
            "documentation_accuracy": _rate(count["elements right"], count["elements"]),
        }


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def score(answers: Sequence[Answer], coded: Iterable[CodedNote]) -> Scores:
    """Score coded notes, given in the order of their answers."""
    scores = Scores()
    for answer, one in zip(answers, coded, strict=True):
        scores.add(answer, one)
    return scores
