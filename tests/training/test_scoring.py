"""Figures against cases worked out by hand, and figures of another corpus that are not used."""

import json
from collections.abc import Sequence

import pytest

from nlp_pipeline.errors import CorpusError
from nlp_pipeline.records.claim import Claim, UnitShare
from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.facts import Evidence, Facts, Intervention
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.suggestion import Suggestion
from training.corpus import MarkedIntervention
from training.evaluation import keep, kept_for
from training.scoring import Answer, answer_of, read_answers, score

NOTE = Note("n", "SLS on foam, leg press, bridges, car transfers")
PLACES = {words: (NOTE.text.index(words), NOTE.text.index(words) + len(words)) for words in ("SLS on foam", "leg press", "bridges", "car transfers")}


def answer(*right: tuple[str, str, str], minutes: dict[str, float] | None = None, units: dict[str, int] | None = None, **told: bool) -> Answer:
    """Say what is right: (words, status, code); a code with a question mark is ambiguous."""
    marked = tuple(MarkedIntervention(*PLACES[words], status, code.rstrip("?"), code.endswith("?"), None) for words, status, code in right)
    return Answer(NOTE, marked, minutes, units, told)


def coded(*found: tuple[str, str, str, float], minutes: dict[str, float] | None = None, evidence: Sequence[str] = ()) -> CodedNote:
    """Make a coded note: (words, status, code, confidence); below 0.7 it needs review."""
    interventions = tuple(Intervention(NOTE.span(*PLACES[words]), status, 1.0) for words, status, _, _ in found)
    suggestions = tuple(Suggestion(code, sure, None, sure < 0.7, "") for _, _, code, sure in found)
    facts = Facts(NOTE, interventions=interventions, evidence=tuple(Evidence(each, NOTE.span(0, 3)) for each in evidence))
    units = {"cms": UnitShare({code: round(each / 15) for code, each in (minutes or {}).items()}), "ama": None, "per15": None}
    claim = Claim("cms", minutes, None, None, units, {}, (), (), "2026-01-01")
    return CodedNote(facts, suggestions, Encounter("n"), claim, (), "model", "2026-01-01")


def figures(right: Answer, found: CodedNote) -> dict[str, float | int | None]:
    return score([right], [found]).figures()


def test_spans_and_codes_are_counted_apart():
    told = figures(
        answer(("SLS on foam", "performed", "97112"), ("leg press", "performed", "97110"), ("bridges", "performed", "97110")),
        coded(("SLS on foam", "performed", "97112", 0.9), ("leg press", "performed", "97112", 0.9), ("car transfers", "performed", "97530", 0.9)),
    )
    assert (told["span_precision"], told["span_recall"], told["span_f1"], told["end_to_end_f1"]) == (0.6667, 0.6667, 0.6667, 0.3333)


def test_what_was_not_performed_counts_for_status_only():
    told = figures(
        answer(("SLS on foam", "planned", "97112"), ("leg press", "performed", "97110")),
        coded(("SLS on foam", "performed", "97112", 0.9), ("leg press", "performed", "97110", 0.9)),
    )
    assert (told["performed"], told["span_precision"], told["span_recall"], told["status_accuracy"]) == (1, 0.5, 1.0, 0.5)


def test_ambiguous_cases_are_left_out_of_the_firm_ones():
    told = figures(
        answer(("SLS on foam", "performed", "97112"), ("bridges", "performed", "97112?")),
        coded(("SLS on foam", "performed", "97112", 0.9), ("bridges", "performed", "97110", 0.9)),
    )
    assert (told["code_accuracy_three"], told["code_accuracy_firm"]) == (0.5, 1.0)


def test_cases_for_review_are_left_out_of_the_sure_ones():
    told = figures(
        answer(("SLS on foam", "performed", "97112"), ("bridges", "performed", "97112")),
        coded(("SLS on foam", "performed", "97112", 0.9), ("bridges", "performed", "97110", 0.5)),
    )
    assert (told["accuracy_without_review"], told["share_without_review"]) == (1.0, 0.5)


def test_the_calibration_error_is_the_gap_between_confidence_and_truth():
    told = figures(
        answer(("SLS on foam", "performed", "97112"), ("bridges", "performed", "97112")),
        coded(("SLS on foam", "performed", "97112", 0.85), ("bridges", "performed", "97110", 0.85)),
    )
    assert told["calibration_error"] == 0.35


def test_minutes_and_units_are_right_as_a_whole():
    right = answer(minutes={"97112": 16, "97110": 14}, units={"97112": 1, "97110": 1})
    assert figures(right, coded(minutes={"97112": 16, "97110": 14}))["minutes_exact"] == 1
    assert figures(right, coded(minutes={"97112": 16, "97110": 15}))["minutes_exact"] == 0
    assert figures(right, coded(minutes={"97112": 16, "97110": 15}))["units_exact"] == 1


def test_a_note_without_minutes_is_right_without_any():
    assert figures(answer(), coded())["no_minutes_respected"] == 1
    assert figures(answer(), coded(minutes={"97110": 10}))["no_minutes_respected"] == 0


def test_documentation_is_right_when_present_and_absent_agree():
    assert figures(answer(deficit=True, patient_response=False), coded(evidence=["deficit", "patient_response"]))["documentation_accuracy"] == 0.5


def test_what_was_not_counted_has_no_figure():
    told = figures(answer(), coded())
    assert (told["span_f1"], told["units_exact"], told["calibration_error"]) == (None, None, None)


def test_marks_imply_the_answer(read):
    note = read("[[H:97110|TE]] [[M:code:97110:15|15 min]], again [[M:code:97110:5|5 min]], [[M:start_stop:97110:20|1:00-1:20]]; [[D:deficit|weak]]")
    told = answer_of(note)
    assert told.minutes_by_code == {"97110": 20}  # clock times do not count twice
    assert {element for element, present in told.documentation.items() if present} == {"deficit"}


def gold(**changes: object) -> str:
    row = {"id": "g", "text": "SLS", "interventions": [{"start": 0, "end": 3, "status": "performed", "code": "97112"}]}
    return json.dumps(row | changes)


def test_gold_notes_are_read(tmp_path):
    (tmp_path / "gold.jsonl").write_text(gold(billing={"minutes_by_code": {"97112": 15, "97110": 0}}) + "\n\n", "utf-8")
    [right] = read_answers([tmp_path / "gold.jsonl"])
    assert right.interventions == (MarkedIntervention(0, 3, "performed", "97112", False, None),)
    assert right.minutes_by_code == {"97112": 15}


@pytest.mark.parametrize("row", ["{", '{"id": "g"}', gold(interventions=[{"start": 0}]), "[]"])
def test_a_malformed_gold_note_is_told_with_file_and_line(tmp_path, row):
    (tmp_path / "gold.jsonl").write_text(f"{gold()}\n{row}\n", "utf-8")
    with pytest.raises(CorpusError, match=r"gold\.jsonl, line 2"):
        read_answers([tmp_path / "gold.jsonl"])


def test_figures_are_kept_for_what_they_were_measured_on(tmp_path):
    keep({"all": {"span_f1": 0.5}}, {"corpus": "a", "recipe": "b"}, tmp_path / "new" / "kept.json")
    assert kept_for({"corpus": "a", "recipe": "b"}, tmp_path / "new" / "kept.json")["all"] == {"span_f1": 0.5}


@pytest.mark.parametrize("made_from", [{"corpus": "x", "recipe": "b"}, {"corpus": "a", "recipe": "x"}, {"corpus": "a"}])
def test_figures_of_another_corpus_or_recipe_are_ignored(tmp_path, made_from):
    keep({"all": {"span_f1": 0.5}}, {"corpus": "a", "recipe": "b"}, tmp_path / "kept.json")
    assert kept_for(made_from, tmp_path / "kept.json") is None


def test_nothing_measured_is_no_figure(tmp_path):
    assert kept_for({"corpus": "a"}, tmp_path / "kept.json") is None
