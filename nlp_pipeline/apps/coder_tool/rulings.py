"""From corrections to a decision that can be kept: the same for the page and for programs."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from nlp_pipeline.apps.coder_tool import decisions
from nlp_pipeline.apps.coder_tool.api_records import DecisionIn
from nlp_pipeline.apps.coder_tool.draft import answer, drafted
from nlp_pipeline.apps.coder_tool.figures import lines_of
from nlp_pipeline.apps.coder_tool.tables import Visit
from nlp_pipeline.errors import OperationRefused, RuleNotInForce
from nlp_pipeline.rule_layer import RuleLayer

NO_SERVICE = "none"  # the code of what no service describes


def ruling_of(visit: Visit, given: DecisionIn, layer: RuleLayer) -> decisions.Ruling:
    """Apply corrections to what was suggested, count the lines, and lay the whole answer out; a blind visit must have all its codes."""
    worksheet = json.loads(visit.coded or "{}")
    draft = drafted(worksheet, given.ops, blind=bool(visit.blind))
    verdict: decisions.Verdict = "changed" if given.verdict == "accepted" and given.ops else given.verdict
    if verdict in ("accepted", "changed") and draft.undecided:
        raise OperationRefused("an activity has no code yet")
    known = _known(visit, layer)
    if known and any(each.code and each.code not in known for each in draft.activities):
        raise OperationRefused("a correction gives a code that is not known")
    kept = answer(worksheet, draft, lines_of(worksheet, draft, layer))
    return decisions.Ruling(visit.key, given.version, verdict, given.ops, kept, given.reason, given.milliseconds)


def _known(visit: Visit, layer: RuleLayer) -> Collection[str]:
    """List the codes of the visit's day; none where no rule was in force, so that nothing can be said against a code."""
    try:
        return {*layer.rulebook.on(visit.day, visit.payer).codes, NO_SERVICE}
    except RuleNotInForce:
        return ()


def activities_of(coded: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    """Give what may be seen of a blind visit's activities: their places, words and status, no code and nothing that hints at one."""
    return [{name: each[name] for name in ("start", "end", "text", "status")} for each in coded["interventions"]]
