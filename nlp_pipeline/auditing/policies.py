"""House policies: where one speaks, what it makes of a suggestion, and whether it keeps its examples and agrees with what was decided before."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from nlp_pipeline.records.facts import Facts, Intervention
from nlp_pipeline.records.judgement import NOT_PERFORMED, DecidedVisit, Judgement
from nlp_pipeline.records.policy import UNTOUCHED, Condition, Disagreement, Example, HousePolicy, Override, RuledActivity, Trial, Week
from nlp_pipeline.records.suggestion import Suggestion

_WORD = re.compile(r"[A-Za-z0-9']+")
_SENTENCE_END = re.compile(r"[.;!?\n](?=\s|$)")
_FOLLOWING = 120  # characters after an activity in which its purpose is looked for, within the sentence
Suggest = Callable[[Example], tuple[Facts, tuple[Suggestion, ...]]]


def overrides_of(facts: Facts, suggestions: Sequence[Suggestion], policies: Sequence[HousePolicy], day: date) -> tuple[Override, ...]:
    """Say where policies in force on a day speak; of several about one activity the newest counts, and of those the first by name."""
    standing = sorted((each for each in policies if each.in_force_on(day)), key=lambda each: (-each.since.toordinal(), each.id))
    found = []
    for number, (each, suggestion) in enumerate(zip(facts.interventions, suggestions, strict=True)):
        if each.status != "performed":
            continue
        policy = next((one for one in standing if speaks(one.when, facts, each, suggestion.code)), None)
        if policy and policy.code != suggestion.code:
            found.append(Override(number, policy.id, policy.title, policy.citation, policy.since, suggestion.code, policy.code, policy.flag))
    return tuple(found)


def speaks(when: Condition, facts: Facts, each: Intervention, suggested: str) -> bool:
    """Say whether a condition holds for an activity with its suggested code."""
    note = facts.note
    if not _meant(when.header, each.stated_code) or not _meant(when.suggested, suggested):
        return False
    if not _meant(when.payer, note.payer) or not _meant(when.discipline, note.discipline):
        return False
    start, end = each.span.start, each.span.end
    low, high = _sentence(note.text, start, end)
    own, sentence = _words(note.text[start:end]), _words(note.text[low:high])
    return (
        _said(when.activity, own)
        and _said(when.purpose, _words(note.text[end : min(high, end + _FOLLOWING)]))
        and _said(when.sentence, sentence)
        and not (when.without and _said(when.without, sentence))
    )


def _meant(wanted: Sequence[str], found: str | None) -> bool:
    return not wanted or (found is not None and found.casefold() in {each.casefold() for each in wanted})


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Give the ends of the sentence, or line, that an activity stands in."""
    before = [found.end() for found in _SENTENCE_END.finditer(text, 0, start)]
    after = _SENTENCE_END.search(text, end)
    return (before[-1] if before else 0), (after.start() if after else len(text))


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _said(wanted: Sequence[str], words: str) -> bool:
    return not wanted or any(_pattern(each).search(words) for each in wanted)


@lru_cache(maxsize=4096)
def _pattern(words: str) -> re.Pattern[str]:
    """Look for words as whole words; one that ends with * stands for all that begin so."""
    parts = [_WORD.sub(lambda found: re.escape(found[0]), part.rstrip("*")) + (r"[a-z0-9']*" if part.endswith("*") else "") for part in _kept(words)]
    return re.compile(r"(?<![a-z0-9'])" + " ".join(parts) + r"(?![a-z0-9'])")


def _kept(words: str) -> list[str]:
    return re.findall(r"[a-z0-9']+\*?", words.casefold())


def keeps_examples(policy: HousePolicy, suggest: Suggest) -> tuple[tuple[Example, str], ...]:
    """List the examples that a policy does not keep, each with what came instead; an activity that is not read at all keeps nothing."""
    wrong = []
    for example in policy.examples:
        facts, suggestions = suggest(example)
        came = _came(policy, example, facts, suggestions)
        if came != example.expect:
            wrong.append((example, came))
    return tuple(wrong)


def _came(policy: HousePolicy, example: Example, facts: Facts, suggestions: Sequence[Suggestion]) -> str:
    start = example.text.index(example.activity)
    end = start + len(example.activity)
    touched = [number for number, each in enumerate(facts.interventions) if each.span.start < end and start < each.span.end and each.status == "performed"]
    if not touched:
        return "not read"
    speaking = any(speaks(policy.when, facts, facts.interventions[number], suggestions[number].code) for number in touched)
    return policy.outcome if speaking else UNTOUCHED


def try_on(policy: HousePolicy, visits: Iterable[DecidedVisit]) -> Trial:
    """Compare a policy with what was decided of the activities that it speaks about, whatever the day."""
    spoken = [*spoken_about(policy, visits)]
    before = sum(each.decided == each.suggested for each in spoken)
    after = sum(each.decided == policy.code for each in spoken) if policy.code else before
    against = tuple(dict.fromkeys(each.visit for each in spoken if policy.code and each.decided not in (policy.code, NOT_PERFORMED)))
    return Trial(len(spoken), before, after, against)


def spoken_about(policy: HousePolicy, visits: Iterable[DecidedVisit]) -> Iterator[Judgement]:
    """Give the judgements of activities that a policy speaks about."""
    for visit in visits:
        at = {(each.span.start, each.span.end): each for each in visit.interventions}
        facts = Facts(visit.note, visit.blocks, visit.interventions)
        for judged in visit.judgements:
            each = at.get(judged.activity)
            if each and judged.suggested is not None and judged.decided != NOT_PERFORMED and speaks(policy.when, facts, each, judged.suggested):
                yield judged


def weeks_of(policy: HousePolicy, visits: Iterable[DecidedVisit]) -> tuple[Week, ...]:
    """Count week by week how often the decision was what was proposed: the suggester's code before the policy, the policy's code since."""
    counted: dict[date, Counter[str]] = {}
    for each in spoken_about(policy, visits):
        if each.day is not None:
            week = counted.setdefault(each.day - timedelta(days=each.day.weekday()), Counter())
            proposed = each.shown or (policy.code if policy.code and each.day >= policy.since else each.suggested)
            week.update(["judged", *(["agreed"] if each.decided == proposed else [])])
    return tuple(Week(monday, count["judged"], count["agreed"]) for monday, count in sorted(counted.items()))


def repeated_disagreements(visits: Iterable[DecidedVisit], policies: Sequence[HousePolicy], least: int) -> tuple[Disagreement, ...]:
    """List activities whose suggestion was changed to the same other code at least so many times, with how often it was kept: rules waiting to be made.

    What one of the policies already says is no disagreement any more.
    """
    changed: dict[tuple[str, str], Counter[str]] = {}
    where: dict[tuple[str, str, str], list[Judgement]] = {}
    for visit in visits:
        for each in visit.judgements:
            if each.suggested is not None and each.decided != NOT_PERFORMED and not _said_already(visit, each, policies):
                key = _words(visit.note.text[slice(*each.activity)]), each.suggested
                changed.setdefault(key, Counter()).update([each.decided])
                where.setdefault((*key, each.decided), []).append(each)
    found = []
    for (activity, suggested), decided in changed.items():
        for code, times in decided.items():
            if code != suggested and times >= least and activity:
                made = where[activity, suggested, code]
                found.append(Disagreement(activity, suggested, code, times, decided[suggested], len({each.coder for each in made}), made[0].visit))
    return tuple(sorted(found, key=lambda each: (-each.times, each.activity)))


def _said_already(visit: DecidedVisit, judged: Judgement, policies: Sequence[HousePolicy]) -> bool:
    facts, suggested = Facts(visit.note, visit.blocks, visit.interventions), judged.suggested or ""
    about = (each for each in visit.interventions if (each.span.start, each.span.end) == judged.activity)
    return any(policy.code == judged.decided and speaks(policy.when, facts, each, suggested) for each in about for policy in policies)


def proposal(found: Disagreement, day: date) -> Mapping[str, object]:
    """Lay out a first draft of a policy for a lead to complete: the citation, and an example that must be left untouched, are for a person to give."""
    return {
        "id": "-".join([*found.activity.split()[:4], found.decided]),
        "title": found.activity,
        "since": day.isoformat(),
        "citation": "",
        "code": found.decided,
        "when": {"activity": [found.activity], "suggested": [found.suggested]},
        "examples": [{"text": found.activity, "activity": found.activity, "expect": found.decided}],
    }


def proposal_of_ruling(found: RuledActivity, day: date) -> Mapping[str, object]:
    """Lay out a first draft of a policy that says of the activity what was ruled; where it was not done at all a flag is for a person to word."""
    words = _words(found.activity.span.text)
    told = dict(proposal(Disagreement(words, found.suggested, found.ruled, 1, 0, 1, ""), day))
    if found.ruled == NOT_PERFORMED:
        told |= {"id": "-".join([*words.split()[:4], "look"]), "code": ""}
    if found.ruled in (found.suggested, NOT_PERFORMED):
        told["when"] = {"activity": [words]}  # it holds whatever is suggested
    return told


def keeps_ruling(policy: HousePolicy, found: RuledActivity) -> bool:
    """Say whether a policy gives what was ruled, or, where it flags, speaks of the activity at all."""
    speaking = speaks(policy.when, Facts(found.note), found.activity, found.suggested)
    return speaking and policy.code in (None, found.ruled)


def overridden(suggestions: Sequence[Suggestion], overrides: Iterable[Override]) -> tuple[Suggestion, ...]:
    """Put the policies' codes in the place of the suggester's, for billing; what was weighed stays that of the suggester."""
    changed = {each.intervention: each.code for each in overrides if each.code}
    return tuple(replace(each, code=changed[number]) if number in changed else each for number, each in enumerate(suggestions))
