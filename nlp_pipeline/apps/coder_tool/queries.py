"""A question to the therapist about what happened, drafted from what the note leaves open; it never leads."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nlp_pipeline.apps.coder_tool.draft import Draft
from nlp_pipeline.apps.coder_tool.figures import Figures
from nlp_pipeline.apps.coder_tool.wordings import query_words
from nlp_pipeline.apps.coder_tool.worksheet import Worksheet

_ABOUT_AN_ACTIVITY = ("purpose-not-stated", "header-contradicts", "out-of-scope")


def query_for(worksheet: Worksheet, draft: Draft, line: int | None, figures: Figures) -> str:
    """Draft the questions that the note leaves open; with a line, those about its activity first, and of the rest only the doubts.

    A service is called by its name, not by its code.
    """
    words = query_words()
    day = worksheet["coded"]["date_of_service"] or "this note"
    asked = [_named(each, figures.words) for each in dict.fromkeys(_questions(worksheet, draft, line, figures.claim))]
    return "\n\n".join([words["opening"].format(day=day), *(f"{number}. {each}" for number, each in enumerate(asked, 1)), words["closing"]])


def _questions(worksheet: Worksheet, draft: Draft, line: int | None, claim: Mapping[str, Any] | None) -> Iterator[str]:
    words, coded, text = query_words(), worksheet["coded"], worksheet["text"]
    if line is not None and 0 <= line < len(draft.activities):
        activity = draft.activities[line]
        quoted = " ".join(text[activity.start : activity.end].split())
        reasons = [each for each in (activity.suggested or {}).get("review_reasons", ()) if each in _ABOUT_AN_ACTIVITY]
        yield from (words["ask"][each].format(words=quoted) for each in reasons or ["activity"])
    yield from (words["ask"][each] for each in coded["review_reasons"] if each not in _ABOUT_AN_ACTIVITY)
    if line is None:
        yield from (words["findings"][each["code"]] for each in coded["findings"] if each["code"] in words["findings"])
        yield from open_questions(claim["proofs"] if claim else ())


def _named(question: str, words: Mapping[str, str]) -> str:
    for code, name in words.items():
        question = question.replace(code, f"“{name}”")
    return question


def open_questions(proofs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Give the questions at the open leaves of the proofs."""
    for proof in proofs:
        if proof["holds"] == "open":
            if "question" in proof:
                yield proof["question"]
            yield from open_questions(proof.get("parts", ()))
