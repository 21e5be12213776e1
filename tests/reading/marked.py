"""Sentences with the answer written in them: "Did [tandem stance|performed], will add [step-ups|planned] next visit."."""

import re
from dataclasses import dataclass

from nlp_pipeline.pipeline import Pipeline
from nlp_pipeline.records.note import Note
from training.matching import pair

_MARK = re.compile(r"\[([^|\[\]]+)\|(performed|planned|home|past|negated|other)\]")


@dataclass(frozen=True, slots=True)
class Activity:
    """A stretch of the text and its status."""

    start: int
    end: int
    text: str
    status: str


def unmarked(sentence: str) -> tuple[str, list[Activity]]:
    """Take the marks out of a sentence and tell where they stood.

    >>> unmarked("Held [SLR|negated].")
    ('Held SLR.', [Activity(start=5, end=8, text='SLR', status='negated')])
    """
    text, at, told = "", 0, []
    for mark in _MARK.finditer(sentence):
        text += sentence[at : mark.start()]
        told.append(Activity(len(text), len(text) + len(mark[1]), mark[1], mark[2]))
        text, at = text + mark[1], mark.end()
    return text + sentence[at:], told


def found_in(pipeline: Pipeline, text: str) -> list[Activity]:
    """Read a text and list what was found in it."""
    [coded] = pipeline.code([Note("marked", text)])
    return [Activity(each.span.start, each.span.end, each.span.text, each.status) for each in coded.facts.interventions]


def statuses(pipeline: Pipeline, sentence: str) -> tuple[dict[str, str], dict[str, str]]:
    """Give the marked activities with their statuses, and the same as read.

    Spans match where they share half of the shorter one, as in the evaluation; a found activity that matches no mark is
    listed under its own words when it was read as performed, because only then would it be coded.
    """
    text, told = unmarked(sentence)
    found = found_in(pipeline, text)
    matched = dict(pair([(each.start, each.end) for each in told], [(each.start, each.end) for each in found]))
    read = {each.text: found[matched[number]].status if number in matched else "not found" for number, each in enumerate(told)}
    read |= {each.text: each.status for number, each in enumerate(found) if number not in matched.values() and each.status == "performed"}
    return {each.text: each.status for each in told}, read
