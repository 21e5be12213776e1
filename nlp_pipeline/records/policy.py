"""A house policy: a dated, cited, testable local rule that a team's lead made of repeated disagreement."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Final

from nlp_pipeline.errors import PolicyRefused
from nlp_pipeline.records.facts import Intervention
from nlp_pipeline.records.note import Note

UNTOUCHED: Final = "untouched"  # what an example expects where the policy must not speak
_WORDS = ("activity", "purpose", "sentence", "header", "without", "suggested", "payer", "discipline")


@dataclass(frozen=True, slots=True)
class Condition:
    """When a policy speaks about an activity. Each field that names anything must hold; of what a field names, one is enough.

    `activity`, `purpose`, `sentence` and `without` name words: of the activity itself, of what follows it in its sentence, of the whole sentence,
    and words that must not stand in the sentence; a word that ends with * stands for all that begin so. `header` and `suggested` name codes,
    `payer` and `discipline` whose visits are meant.
    """

    activity: tuple[str, ...] = ()
    purpose: tuple[str, ...] = ()
    sentence: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()
    payer: tuple[str, ...] = ()
    discipline: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A made-up line, the activity in it, and what must come of it under the policy: a code, a flag, or UNTOUCHED."""

    text: str
    activity: str
    expect: str


@dataclass(frozen=True, slots=True)
class HousePolicy:
    """One rule: from `since` until the day before `until`, where `when` holds, the activity has `code`, or is flagged with `flag` for a person to look at."""

    id: str
    title: str
    since: date
    citation: str
    when: Condition
    examples: tuple[Example, ...]
    code: str | None = None
    flag: str | None = None
    until: date | None = None
    decided_by: str = ""

    def in_force_on(self, day: date) -> bool:
        """Say whether the policy holds for visits of a day."""
        return self.since <= day and (self.until is None or day < self.until)

    @property
    def outcome(self) -> str:
        """Give what comes of the policy: its code, or its flag."""
        return self.code or self.flag or ""


@dataclass(frozen=True, slots=True)
class RuledActivity:
    """What was ruled of one activity where two reviewers of an audit differed: a code, or NOT_PERFORMED; `suggested` is the suggester's own code."""

    note: Note
    activity: Intervention
    suggested: str
    ruled: str


@dataclass(frozen=True, slots=True)
class Override:
    """Where a policy spoke: the activity's number, the suggester's code that it found, and what it made of it; the original is never lost."""

    intervention: int
    policy: str
    title: str
    citation: str
    since: date
    original: str
    code: str | None = None
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A policy against past decisions: how many activities it speaks about, how many decisions agreed with the suggestion and would with the policy.

    `against` names the visits where a coder decided otherwise than the policy would.
    """

    spoken: int
    before: int
    after: int
    against: tuple[str, ...]

    @property
    def worse(self) -> bool:
        """Say whether coders agreed more with the suggestion than they would with the policy."""
        return self.after < self.before


@dataclass(frozen=True, slots=True)
class Week:
    """The decisions of one week about what a policy speaks of, and how many were as proposed."""

    monday: date
    judged: int
    agreed: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An activity whose suggested code was changed to the same other code again and again; `kept` counts where it was not, `example` is one visit."""

    activity: str
    suggested: str
    decided: str
    times: int
    kept: int
    coders: int
    example: str


def override_to_json(each: Override) -> dict[str, Any]:
    """Lay an override out as JSON."""
    return {**asdict(each), "since": each.since.isoformat()}


def policy_to_json(policy: HousePolicy) -> dict[str, Any]:
    """Lay a policy out as JSON; what is not said is left out."""
    when = {name: list(words) for name in _WORDS if (words := getattr(policy.when, name))}
    told: dict[str, Any] = {
        "id": policy.id,
        "title": policy.title,
        "since": policy.since.isoformat(),
        "until": policy.until.isoformat() if policy.until else None,
        "citation": policy.citation,
        "decided_by": policy.decided_by or None,
        "code": policy.code,
        "flag": policy.flag,
        "when": when,
        "examples": [asdict(each) for each in policy.examples],
    }
    return {key: value for key, value in told.items() if value is not None}


def policy_from_json(row: Mapping[str, Any]) -> HousePolicy:
    """Read a policy from JSON or TOML, or say which promise of its form is broken.

    >>> policy_from_json({"id": "x", "title": "X", "since": "2026-11-01", "citation": "c", "code": "97110", "when": {}, "examples": []})
    Traceback (most recent call last):
      ...
    nlp_pipeline.errors.PolicyRefused: House policy 'x' is refused: it does not say when it speaks. The form is told in docs/house_policy.md.
    """
    name = str(row.get("id") or "?")
    known = {each.name for each in fields(HousePolicy)}
    if odd := sorted(map(str, row.keys() - known)):
        raise PolicyRefused(name, f"it has the unknown key {odd[0]}")
    for key in ("id", "title", "citation"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise PolicyRefused(name, f"its {key} is missing")
    code, flag = _text(row, "code", name), _text(row, "flag", name)
    if bool(code) == bool(flag):
        raise PolicyRefused(name, "it must give either a code or a flag")
    since, until = _day(row, "since", name), _day(row, "until", name)
    if since is None or (until is not None and until <= since):
        raise PolicyRefused(name, "it needs a day since when it holds, and an end after it if any")
    when, examples = _condition(row.get("when"), name), _examples(row.get("examples"), name)
    _check_examples(name, code or flag or "", examples)
    return HousePolicy(
        row["id"].strip(), row["title"].strip(), since, row["citation"].strip(), when, examples, code, flag, until, str(row.get("decided_by") or "")
    )


def _condition(told: object, name: str) -> Condition:
    if not isinstance(told, Mapping) or not told:
        raise PolicyRefused(name, "it does not say when it speaks")
    if odd := sorted(map(str, told.keys() - set(_WORDS))):
        raise PolicyRefused(name, f"its condition has the unknown key {odd[0]}")
    for key, words in told.items():
        if not isinstance(words, list | tuple) or not words or not all(isinstance(each, str) and each.strip(" *") for each in words):
            raise PolicyRefused(name, f"its condition {key} is no list of words")
    if told.keys() <= {"payer", "discipline", "without"}:
        raise PolicyRefused(name, "its condition names no activity, words, header or suggested code")
    return Condition(**{key: tuple(each.strip() for each in words) for key, words in told.items()})


def _examples(told: object, name: str) -> tuple[Example, ...]:
    if not isinstance(told, list | tuple):
        raise PolicyRefused(name, "it has no list of examples")
    examples = []
    for each in told:
        if not isinstance(each, Mapping) or each.keys() != {"text", "activity", "expect"} or not all(isinstance(one, str) and one for one in each.values()):
            raise PolicyRefused(name, "an example needs text, activity and expect, and nothing else")
        if each["activity"] not in each["text"]:
            raise PolicyRefused(name, "the activity of an example does not stand in its text")
        examples.append(Example(each["text"], each["activity"], each["expect"]))
    return tuple(examples)


def _check_examples(name: str, outcome: str, examples: tuple[Example, ...]) -> None:
    expected = {each.expect for each in examples}
    if outcome not in expected or UNTOUCHED not in expected:
        raise PolicyRefused(name, f"it needs an example that gives {outcome!r} and one that is left {UNTOUCHED!r}")
    if odd := sorted(expected - {outcome, UNTOUCHED}):
        raise PolicyRefused(name, f"an example expects {odd[0]!r}, which the policy cannot give")


def _text(row: Mapping[str, Any], key: str, name: str) -> str | None:
    found = row.get(key)
    if found is not None and (not isinstance(found, str) or not found.strip()):
        raise PolicyRefused(name, f"its {key} is no text")
    return found.strip() if found else None


def _day(row: Mapping[str, Any], key: str, name: str) -> date | None:
    found = row.get(key)
    if found is None or type(found) is date:
        return found
    try:
        return date.fromisoformat(found)
    except (TypeError, ValueError):
        raise PolicyRefused(name, f"its {key} is no day (YYYY-MM-DD)") from None
