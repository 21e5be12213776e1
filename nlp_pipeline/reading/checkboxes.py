"""Boxes before an intervention: an open one was not done, a ticked one is no refusal."""

import re

from nlp_pipeline.records.facts import Status

_REACH = 6  # characters before an intervention in which its own box stands
_OPEN = re.compile(r"(?:\[[ \xa0_]?\]|\([ \xa0_]\)|[☐□])[ \xa0\t]*$")
_TICKED = re.compile(r"(?:\[[xX✓✔]\]|[☑☒✓✔])[ \xa0\t]*$")


def settled_by_box(text: str, start: int, status: Status) -> Status:
    """Let the box right before an intervention settle whether it was done: an unchecked option of a template is negated.

    >>> settled_by_box("[ ] BOSU  [x] SLS", 4, "performed"), settled_by_box("[ ] BOSU  [x] SLS", 14, "negated")
    ('negated', 'performed')
    """
    before = text[max(0, start - _REACH) : start]
    if _OPEN.search(before):
        return "negated"
    return "performed" if status == "negated" and _TICKED.search(before) else status
