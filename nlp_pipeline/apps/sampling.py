"""`unitwise audit plan|sample|estimate`: a frame and its sample, and what the reviewed sample says."""

import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from nlp_pipeline.apps.audit_folder import AuditFolder, write, write_record
from nlp_pipeline.audit_layer import design, draw_sample, estimates, reviewed
from nlp_pipeline.errors import AuditRefused
from nlp_pipeline.intake.audit_sheets import Basis
from nlp_pipeline.records.estimate import Sizing
from nlp_pipeline.records.sample import Reviewed, Sample, UnitJudgement, Universe, Wish
from nlp_pipeline.reporting.audit_sheets import engine_words, frame_sheet, sampling_memo, worksheet
from nlp_pipeline.reporting.estimate_page import estimate_words

SEED_BELOW = 10**12


@dataclass(frozen=True, slots=True)
class SampleOrder:
    """What was asked for on the command line; an empty seed is drawn by lot, and printed."""

    folder: Path
    wish: Wish
    universe: Path | None = None
    basis: Basis = "allowed"
    probe: Path | None = None
    overwrite: bool = False
    only_plan: bool = False


def sample(order: SampleOrder) -> int:
    """Draw a sample, or go on from a judged probe; write the frame, the sample, the worksheet and the memo."""
    folder = AuditFolder(order.folder)
    _refuse_to_overwrite(folder, order)
    said = folder.read_decisions(order.probe) if order.probe is not None else ()
    universe, earlier = _frame(folder, order)
    probe = reviewed(earlier, universe, said) if earlier is not None else ()
    drawn, sizing = _draw(universe, _wish(order.wish, earlier), probe)
    memo = sampling_memo(drawn, universe, sizing)
    if order.only_plan:
        print(memo, end="")
        return 0
    _write(folder, drawn, universe, said)
    write(folder.memo, memo)
    size = sum(each.drawn for each in drawn.strata)
    print(f"{size} of {universe.frame.units} units drawn, seed {drawn.design.seed}, {len(drawn.strata)} {'stratum' if len(drawn.strata) == 1 else 'strata'}")
    print(f"Reviewers fill in {folder.worksheet}; save it as {folder.decisions.name}. {folder.memo} says how it was drawn.")
    return 0


def estimate(folder: Path, decisions: Path | None) -> int:
    """Say what the reviewed sample shows, and keep it."""
    audit = AuditFolder(folder)
    drawn, universe, said = audit.read_sample(), audit.drawn_universe(), audit.read_decisions(decisions)
    found = estimates(drawn, universe, said)
    if decisions is not None and decisions.resolve() != audit.decisions.resolve():
        write(audit.decisions, worksheet(drawn, universe, {each.id: each for each in said}, {}))  # what was decided lies with the audit
    write_record(audit.estimate, found)
    print(estimate_words(found), end="")
    return 0


def _frame(folder: AuditFolder, order: SampleOrder) -> tuple[Universe, Sample | None]:
    """Give the frame, and the sample that was the probe where there is one; the probe's frame is the full sample's."""
    if order.probe is not None:
        return folder.drawn_universe(), folder.read_sample()
    return folder.frame_universe(order.universe, order.basis), None


def _wish(wish: Wish, earlier: Sample | None) -> Wish:
    if earlier is not None:
        if wish.seed not in ("", earlier.design.seed):
            raise AuditRefused("the seed", f"the probe was drawn with {earlier.design.seed!r}", "Leave --seed out: the full sample begins with the probe.")
        return replace(wish, seed=earlier.design.seed, strata_by=wish.strata_by or earlier.design.strata_by)
    return wish if wish.seed else replace(wish, seed=str(secrets.randbelow(SEED_BELOW)))


def _draw(universe: Universe, wish: Wish, probe: tuple[Reviewed, ...]) -> tuple[Sample, Sizing | None]:
    plan, sizing = design(universe, wish, probe)
    return draw_sample(universe, plan), sizing


def _write(folder: AuditFolder, drawn: Sample, universe: Universe, said: tuple[UnitJudgement, ...]) -> None:
    if not folder.universe.exists() or not said:
        write_record(folder.universe, replace(universe, units=()))
        write(folder.frame, frame_sheet(universe))
    write_record(folder.sample, drawn)
    units = [unit for unit in universe.units if unit.id in {each.id for each in drawn.drawn}]
    says = engine_words(folder.findings_of(unit.id for unit in units), units)
    write(folder.worksheet, worksheet(drawn, universe, {each.id: each for each in said}, says))


def _refuse_to_overwrite(folder: AuditFolder, order: SampleOrder) -> None:
    if folder.sample.exists() and order.probe is None and not (order.overwrite or order.only_plan):
        raise AuditRefused(str(folder.sample), "a sample has been drawn already", "Go on from it with --probe DECISIONS, or draw anew with --overwrite.")
