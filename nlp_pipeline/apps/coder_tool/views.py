"""What one visit looks like on the screen: every word that the template prints, worked out here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlp_pipeline.apps.coder_tool.draft import PERFORMED, Activity, Draft, drafted, services
from nlp_pipeline.apps.coder_tool.figures import Figures, Json, figures_of
from nlp_pipeline.apps.coder_tool.note_marks import Passage, Stretch, conflicts, passages
from nlp_pipeline.apps.coder_tool.queries import open_questions
from nlp_pipeline.apps.coder_tool.wordings import ScreenWords, screen_words
from nlp_pipeline.apps.coder_tool.worksheet import Worksheet
from nlp_pipeline.reporting.wording import wording
from nlp_pipeline.rule_layer import RuleLayer

SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Share:
    """A code that an activity could have, and its chance; `held` where the prediction set holds it."""

    code: str
    percent: int
    held: bool
    hue: str


@dataclass(frozen=True, slots=True)
class LineView:
    """One activity and its decision. `suggestion` is the coded JSON of it, empty where she added it or where the visit is blind."""

    number: int
    words: str
    start: int
    end: int
    code: str
    hue: str
    status: str
    suggestion: Json
    shares: tuple[Share, ...]
    reasons: tuple[str, ...]
    changed: bool
    added: bool

    @property
    def percent(self) -> int | None:
        """Give the calibrated confidence of what is suggested."""
        confidence = self.suggestion.get("confidence")
        return None if confidence is None else _percent(confidence)

    @property
    def why(self) -> Json:
        """Give the explanation of what is suggested."""
        found: Json = self.suggestion.get("explanation") or {}
        return found


@dataclass(frozen=True, slots=True)
class ClaimLineView:
    """One code of the visit: its units and modifiers on the claim, its minutes, the words that told them, and its activities."""

    code: str
    hue: str
    words: str
    units: int | None
    modifiers: tuple[str, ...]
    minutes: float | None
    typed: bool
    told: tuple[Stretch, ...]
    by_method: Mapping[str, int | None]
    stated: int | None
    lines: tuple[LineView, ...]

    @property
    def least(self) -> int | None:
        """Give the least sure of its activities."""
        known = [each.percent for each in self.lines if each.percent is not None and not each.changed]
        return min(known, default=None)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The visit under other payers or ways of counting that come to the same: named together."""

    names: tuple[str, ...]
    units: Mapping[str, int]
    differs: str
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VisitView:
    """All of a visit that the screen shows."""

    coded: Json
    passages: tuple[Passage, ...]
    claim_lines: tuple[ClaimLineView, ...]
    aside: tuple[LineView, ...]
    figures: Figures
    elsewhere: tuple[Elsewhere, ...]
    findings: Mapping[str, Sequence[Json]]
    doubts: tuple[str, ...]
    conflicts: Sequence[Json]
    unbilled: tuple[tuple[Stretch, float, str], ...]
    questions: tuple[str, ...]
    draft: Draft
    text: str

    def quoted(self, place: Sequence[int]) -> str:
        """Quote a stretch of the note on one line."""
        return " ".join(self.text[place[0] : place[1]].split())


def view_of(
    worksheet: Worksheet, operations: Sequence[Mapping[str, Any]], layer: RuleLayer, carried: Sequence[Stretch] = (), *, blind: bool = False
) -> VisitView:
    """Work a visit out for the screen, after the corrections made so far."""
    draft, words, coded = drafted(worksheet, operations, blind=blind), screen_words(), worksheet["coded"]
    figures = figures_of(worksheet, draft, layer)
    lines = [_line(number, each, worksheet, words, blind) for number, each in enumerate(draft.activities)]
    return VisitView(
        coded=coded,
        passages=passages(worksheet, draft, carried),
        claim_lines=tuple(_claim_lines(worksheet, draft, figures, [each for each in lines if each.status == PERFORMED])),
        aside=tuple(each for each in lines if each.status != PERFORMED),
        figures=figures,
        elsewhere=_elsewhere(figures),
        findings={} if blind else {name: found for name in SEVERITIES if (found := [each for each in figures.findings if each["severity"] == name])},
        doubts=() if blind else tuple(wording().review[each] for each in coded["review_reasons"]),
        conflicts=() if blind else conflicts(worksheet),
        unbilled=tuple(
            ((each["start"], each["end"]), each["minutes"], words.unbilled[each["reason"]]) for each in coded["billing"]["ledger"] if each["reason"]
        ),
        questions=tuple(dict.fromkeys(open_questions(figures.claim["proofs"] if figures.claim else ()))),
        draft=draft,
        text=worksheet["text"],
    )


def _percent(share: float) -> int:
    """Write a chance in whole percent; only certainty is 100, and only what cannot be is 0."""
    return 100 if share == 1 else 0 if share == 0 else max(1, min(99, round(share * 100)))


def _line(number: int, each: Activity, worksheet: Worksheet, words: ScreenWords, blind: bool) -> LineView:
    suggestion: Json = {} if blind or each.suggested is None else each.suggested
    held = suggestion.get("prediction_set") or ()
    chances = suggestion.get("probabilities") or {}
    ranked = sorted(chances.items(), key=lambda one: -one[1])
    return LineView(
        number=number,
        words=" ".join(worksheet["text"][each.start : each.end].split()),
        start=each.start,
        end=each.end,
        code=each.code,
        hue=words.hue(each.code),
        status=each.status,
        suggestion=suggestion,
        shares=tuple(Share(code, _percent(share), code in held, words.hue(code)) for code, share in ranked),
        reasons=tuple(wording().review[reason] for reason in suggestion.get("review_reasons", ())),
        changed=each.touched and each.changed,
        added=each.suggested is None,
    )


def _claim_lines(worksheet: Worksheet, draft: Draft, figures: Figures, lines: Sequence[LineView]) -> list[ClaimLineView]:
    """Put each code's units, minutes and activities together: the codes of the claim first, then those that earn nothing."""
    claim: Json = figures.claim or {"lines": (), "units": {}}
    billed = list(claim["lines"])
    spent = {each["code"]: each["minutes"] for each in services(worksheet, draft)}
    codes = dict.fromkeys([*(each["code"] for each in billed), *spent, *(each.code for each in lines)])
    views = []
    for code in codes:
        of_code = [each for each in billed if each["code"] == code]
        told = tuple((each["start"], each["end"]) for each in worksheet["coded"]["billing"]["ledger"] if each["code"] == code)
        views.append(
            ClaimLineView(
                code=code,
                hue=screen_words().hue(code),
                words=figures.words.get(code, ""),
                units=sum(each["units"] for each in of_code) if code else None,
                modifiers=tuple(dict.fromkeys(name for each in of_code for name in each["modifiers"])),
                minutes=spent.get(code),
                typed=code in draft.minutes,
                told=told,
                by_method={method: None if units is None else units.get(code) for method, units in claim["units"].items()},
                stated=worksheet["encounter"]["stated_units"].get(code),
                lines=tuple(each for each in lines if each.code == code),
            )
        )
    return views


def _elsewhere(figures: Figures) -> tuple[Elsewhere, ...]:
    """Gather the payers and ways of counting under which the visit comes to the same."""
    names = wording().long_methods
    gathered: dict[tuple[Any, ...], list[str]] = {}
    for each in figures.elsewhere:
        same = (tuple(sorted(each["units"].items())), each["differs"], tuple(each["asks"]))
        gathered.setdefault(same, []).append(each["name"] if each["is_payer"] else names.get(each["method"], each["name"].replace("_", " ")))
    return tuple(Elsewhere(tuple(names), dict(units), differs, asks) for (units, differs, asks), names in gathered.items())
