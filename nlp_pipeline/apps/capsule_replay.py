"""Make a sealed audit again, step by step, and lay every part beside the one that was sealed, byte by byte.

Each step is made from the sealed parts before it, so that a step that cannot be made again, because an input or the model is not here,
does not keep the later ones from being checked.
"""

import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from nlp_pipeline.apps.audit_folder import AuditFolder, write, write_record
from nlp_pipeline.apps.capsule import RESULTS, Opened, broken_parts, digest, made_with, open_capsule
from nlp_pipeline.apps.manifest import versions
from nlp_pipeline.audit_layer import draw_sample, estimates
from nlp_pipeline.errors import AuditRefused, NlpPipelineError
from nlp_pipeline.records.capsule import Comparison, MadeWith, Replay, Step
from nlp_pipeline.records.sample import Sample, Universe
from nlp_pipeline.reporting.audit_sheets import frame_sheet
from nlp_pipeline.rulebook.digest import rulebook_digest

STEPS: Mapping[Step, Sequence[str]] = {
    "findings": RESULTS,
    "sample": ("frame.csv", "sample.json"),
    "estimate": ("estimate.json",),
    "report": ("report.json", "report.html", "report.xlsx", "report.pdf"),
}
SIGNS = {"identical": "=", "differs": "!", "not run": "-"}


@dataclass(frozen=True, slots=True)
class ReplayOrder:
    """What was asked for on the command line."""

    capsule: Path
    inputs: tuple[Path, ...] = ()
    model: Path | None = None


def replay(order: ReplayOrder) -> int:
    """Make an audit again and tell of every part whether it came out the same; 1 where one did not."""
    found = replayed(order)
    print(f"seal {found.seal}")
    for each in found.surroundings:
        print(f"now: {each}")
    for part in found.compared:
        print(f"{SIGNS[part.outcome]} {part.step:9} {part.name:20} {part.outcome}{': ' + part.told if part.told else ''}")
    if found.identical:
        print("Every part came out the same, byte for byte.")
        return 0
    count = {outcome: sum(each.outcome == outcome for each in found.compared) for outcome in SIGNS}
    print(f"{count['identical']} identical, {count['differs']} differ, {count['not run']} not made again")
    return 1


def replayed(order: ReplayOrder) -> Replay:
    """Make an audit again and compare."""
    opened = open_capsule(order.capsule)
    if trouble := broken_parts(opened):
        raise AuditRefused(order.capsule.name, trouble[0], "Take it again from where it is kept; `unitwise audit verify` tells the rest.")
    with tempfile.TemporaryDirectory(prefix="unitwise-replay-") as place:
        sealed, again = AuditFolder(Path(place, "sealed")), AuditFolder(Path(place, "again"))
        for name, content in opened.parts.items():
            if not name.startswith("inputs/"):
                write_bytes(sealed.path / name, content)
        makers: dict[Step, Callable[[_Work], str]] = {"findings": _findings, "sample": _sample, "estimate": _estimate, "report": _report}
        work = _Work(order, opened, sealed, again, Path(place, "inputs"))
        compared = tuple(row for step, make in makers.items() for row in _compared(step, work, make))
    return Replay(opened.seal, tuple(_surroundings(opened.capsule.made_with)), compared)


@dataclass(frozen=True, slots=True)
class _Work:
    """A replay under way: the sealed parts, and the folder of those made again."""

    order: ReplayOrder
    opened: Opened
    sealed: AuditFolder
    again: AuditFolder
    inputs: Path


def _compared(step: Step, work: _Work, make: Callable[["_Work"], str]) -> Iterator[Comparison]:
    """Make a step again and compare what it left; a step that cannot be made says why, once for each of its parts."""
    parts = {each.name: each for each in work.opened.capsule.parts if each.name in STEPS[step]}
    if not parts:
        return
    try:
        why = make(work)
    except NlpPipelineError as trouble:
        why = str(trouble)
    for name in STEPS[step]:
        if name in parts:
            made = work.again.path / name
            if why or not made.is_file():
                yield Comparison(step, name, "not run", why or "it was not made again")
            else:
                yield _comparison(step, name, parts[name].sha256, work.opened.parts.get(name), made.read_bytes())


def _comparison(step: Step, name: str, promised: str, sealed: bytes | None, made: bytes) -> Comparison:
    if digest(made) == promised:
        return Comparison(step, name, "identical")
    if sealed is None:
        return Comparison(step, name, "differs", "the capsule holds its hash alone, so the place cannot be told")
    return Comparison(step, name, "differs", first_difference(sealed, made))


def first_difference(sealed: bytes, made: bytes) -> str:
    r"""Say where two files part, without a word of what stands there.

    >>> first_difference(b"a\nb\nc", b"a\nB\nc")
    'line 2, character 1 (1 of 3 lines differ)'
    >>> first_difference(b"a\n", b"a\nb\n")
    'line 2 was not there when it was sealed (2 lines in place of 1)'
    """
    try:
        before, after = sealed.decode().splitlines(), made.decode().splitlines()
    except UnicodeDecodeError:
        place = next((at for at, (one, other) in enumerate(zip(sealed, made, strict=False)) if one != other), min(len(sealed), len(made)))
        return f"byte {place} ({len(made)} bytes in place of {len(sealed)})"
    for number, (one, other) in enumerate(zip(before, after, strict=False), 1):
        if one != other:
            place = next((at for at, (left, right) in enumerate(zip(one, other, strict=False), 1) if left != right), min(len(one), len(other)) + 1)
            count = sum(left != right for left, right in zip(before, after, strict=False)) + abs(len(before) - len(after))
            return f"line {number}, character {place} ({count} of {len(before)} lines differ)"
    if len(before) == len(after):
        return "the ends of the lines"
    number, words = min(len(before), len(after)) + 1, "was not there when it was sealed" if len(after) > len(before) else "is missing"
    return f"line {number} {words} ({len(after)} lines in place of {len(before)})"


def _findings(work: _Work) -> str:
    """Run the comparison of notes and claims again, where all inputs are here."""
    from nlp_pipeline.apps.retro_audit import audit, order_of

    if not work.sealed.summary.exists():
        return "the claims came from a table"
    summary = json.loads(work.sealed.summary.read_text("utf-8"))
    roles, missing = _laid_out(summary["inputs"], _found(work), work.inputs)
    if missing:
        return f"{len(missing)} of {len(summary['inputs'])} inputs are not here, the first is {missing[0]!r}; give them with --inputs"
    with redirect_stdout(io.StringIO()):
        audit(order_of(summary["options"], roles, work.again.path, work.order.model))
    return ""


def _found(work: _Work) -> dict[str, bytes | Path]:
    """Give every file that may be an input, by its hash."""
    here: dict[str, bytes | Path] = {digest(content): content for name, content in work.opened.parts.items() if name.startswith("inputs/")}
    for path in work.order.inputs:
        for file in sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]:
            here[digest(file.read_bytes())] = file
    return here


def _laid_out(inputs: Iterable[Mapping[str, str]], here: Mapping[str, bytes | Path], place: Path) -> tuple[dict[str, list[str]], list[str]]:
    """Lay the inputs out under the names they had; give the paths by role, and the names of those that are not here."""
    roles: dict[str, list[str]] = {}
    missing = []
    for each in inputs:
        content = here.get(each["sha256"])
        if content is None:
            missing.append(each["name"])
            continue
        write_bytes(place / each["role"] / each["name"], content if isinstance(content, bytes) else content.read_bytes())
        top = str(place / each["role"] / Path(each["name"]).parts[0])
        if top not in roles.setdefault(each["role"], []):
            roles[each["role"]].append(top)
    return roles, missing


def _sample(work: _Work) -> str:
    """Draw the sample again from the sealed frame."""
    universe, sample = _drawn(work.sealed)
    write(work.again.frame, frame_sheet(universe))
    write_record(work.again.sample, draw_sample(universe, sample.design))
    return ""


def _estimate(work: _Work) -> str:
    """Estimate again from the sealed sample and the sealed decisions."""
    universe, sample = _drawn(work.sealed)
    write_record(work.again.estimate, estimates(sample, universe, work.sealed.read_decisions(None)))
    return ""


def _report(work: _Work) -> str:
    """Write the report again from all the sealed parts before it."""
    from nlp_pipeline.apps.audit_report import write_reports

    if work.opened.capsule.without_quotes:
        return "the capsule was sealed without quotes, so the findings are not in it"
    with redirect_stdout(io.StringIO()):
        write_reports(work.sealed, work.again.path)
    return ""


def _drawn(sealed: AuditFolder) -> tuple[Universe, Sample]:
    return sealed.drawn_universe(), sealed.read_sample()


def _surroundings(then: MadeWith) -> Iterator[str]:
    """Say what is not as it was when the audit was made."""
    now = made_with({"unitwise": versions()["unitwise"]})
    if then.unitwise != now.unitwise:
        yield f"unitwise {now.unitwise}, then {then.unitwise}"
    if then.rules_sha256 and then.rules_sha256 != rulebook_digest():
        yield "the rules are not those of the audit (a rule file or an imported table has changed)"
    here = now.libraries or {}
    yield from (f"{name} {here.get(name, 'not here')}, then {number}" for name, number in (then.libraries or {}).items() if here.get(name) != number)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file into a folder that may not be there yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
