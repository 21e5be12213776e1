"""Code pairs that are paid together only with a modifier: the modifier is set where each leaf of its proof holds, and nowhere else."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from nlp_pipeline.billing.drafts import DraftLine
from nlp_pipeline.records.claim import Holds, Proof
from nlp_pipeline.records.claim_rules import ClaimRules
from nlp_pipeline.records.encounter import Encounter, overlap
from nlp_pipeline.records.official_tables import EditInForce
from nlp_pipeline.records.rules import Rules


@dataclass(frozen=True, slots=True)
class Apart:
    """Edited pairs among the lines, each with its proof, and pairs told to be distinct that nothing edits."""

    met: tuple[tuple[EditInForce, Proof], ...] = ()
    needless: tuple[tuple[str, str], ...] = ()

    def edits(self) -> tuple[EditInForce, ...]:
        """Give the edits alone."""
        return tuple([found for found, _ in self.met]) if self.met else ()

    def proofs(self, claim: ClaimRules | None) -> Iterator[Proof]:
        """Give the proof of each pair."""
        yield from (proof for _, proof in self.met)
        if claim is None:
            return
        for one, other in self.needless:
            no_pair = Proof(f"an edit between {one} and {other} is in force", "no", claim.pairs.dated.source if claim.pairs else "the payer's profile")
            yield Proof(f"{claim.terms.separate_modifier} sets {other} apart from {one}", "no", parts=(no_pair,))

    def tell(self, claim: ClaimRules | None) -> Iterator[str]:
        """Tell of each pair what was done."""
        if claim:
            yield from (_told(found, proof, claim) for found, proof in self.met)
            for one, other in self.needless:
                yield f"No edit between {one} and {other} is in force on the day for this payer: no modifier is needed, and none is set."


NOTHING_EDITED = Apart()


def set_apart(drafts: Sequence[DraftLine], unmeasured: Collection[str], encounter: Encounter, rules: Rules) -> Apart:
    """Prove for each edited pair whether its modifier may be set, and set it where the proof is closed."""
    claim = rules.claim
    if claim is None or len(drafts) < 2:
        return NOTHING_EDITED
    codes = {draft.code for draft in drafts}
    edits = claim.edits_among(codes, encounter.date_of_service)
    if not edits and not encounter.distinct:
        return NOTHING_EDITED
    distinct = {frozenset(pair) for pair in encounter.distinct}
    clock = encounter.clock_times() if edits else {}
    met = []
    for found in edits:
        edit = found.edit
        pair = (edit.column1, edit.column2)
        silent = tuple([code for code in pair if code in unmeasured])
        shown = f"{' and '.join(pair)} are told to be distinct" if frozenset(pair) in distinct else ""
        meanwhile = bool(clock) and overlap(clock.get(pair[0], ()), clock.get(pair[1], ()))
        if where := encounter.grounds.get((min(pair), max(pair))):
            proof = _proof(found, claim, where, silent, meanwhile=meanwhile)
        else:
            proof = claim.remembered((edit, shown, silent, meanwhile), partial(_proof, found, claim, shown, silent, meanwhile=meanwhile))
        met.append((found, proof))
        if proof.holds == "yes":
            for draft in drafts:
                if draft.code == edit.column2 and claim.terms.separate_modifier not in draft.modifiers:
                    draft.modifiers = [*draft.modifiers, claim.terms.separate_modifier]
    return Apart(tuple(met), _needless(edits, codes, encounter) if distinct else ())


def _needless(edits: Sequence[EditInForce], codes: set[str], encounter: Encounter) -> tuple[tuple[str, str], ...]:
    """Name the billed pairs that are told to be distinct and that nothing edits."""
    edited = {frozenset((found.edit.column1, found.edit.column2)) for found in edits}
    return tuple([pair for pair in encounter.distinct if frozenset(pair) not in edited and codes.issuperset(pair)])


def closed(parts: Sequence[Proof]) -> Holds:
    """Say whether all parts hold: one that does not decides, then one that is open."""
    states = {part.holds for part in parts}
    return "no" if "no" in states else "open" if "open" in states else "yes"


def _proof(found: EditInForce, claim: ClaimRules, shown: str, silent: Sequence[str], *, meanwhile: bool) -> Proof:
    edit, modifier = found.edit, claim.terms.separate_modifier
    one, two = edit.column1, edit.column2
    own = "each of the two has minutes of its own"
    if meanwhile:
        minutes = Proof(own, "no", "their clock times overlap")
    elif silent:
        minutes = Proof(own, "open", question=f"When was {' and '.join(silent)} furnished, and for how long?")
    else:
        minutes = Proof(own, "yes", "no minute of the visit is counted twice")
    purpose = "the record shows a separate purpose"
    parts = (
        Proof(f"an edit {one} → {two} is in force on the day", "yes", f"{_table(found)}; {found.source}"),
        Proof("the edit gives way to a modifier", "yes" if edit.indicator == 1 else "no", f"indicator {edit.indicator}"),
        minutes,
        Proof(purpose, "yes", shown) if shown else Proof(purpose, "open", question=f"What was {two} for, and at what time, apart from {one}?"),
    )
    return Proof(f"{modifier} sets {two} apart from {one}", closed(parts), parts=parts)


def _told(found: EditInForce, proof: Proof, claim: ClaimRules) -> str:
    edit, modifier = found.edit, claim.terms.separate_modifier
    pair = f"{edit.column1} and {edit.column2} are an edited pair ({_table(found)}, indicator {edit.indicator})"
    source = f" Source: {found.source}."
    if proof.holds == "yes":
        shown = f"their separate purpose is documented ({proof.parts[3].because}): {modifier} on {edit.column2}"
        return f"{pair}; {shown}. Either line may carry it; column 2 is the house default.{source}"
    if proof.holds == "no" and edit.indicator == 1:
        return f"{pair}; their clock times overlap, so no modifier may set them apart.{source}"
    if proof.holds == "no":
        return f"{pair}: no modifier lifts it, and {edit.column2} is not paid beside {edit.column1}.{source}"
    questions = " ".join(part.question for part in proof.parts if part.question)
    return f"{pair}; no modifier is set before this is answered: {questions}{source}"


def _table(found: EditInForce) -> str:
    return f"table {found.table}{'' if found.covers is not False else ', not the period of the date of service'}" if found.covers is not None else found.table
