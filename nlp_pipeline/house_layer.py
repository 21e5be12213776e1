"""The house layer: what a team decided among itself. Its policies stand after the suggester, and its decisions say how far anyone agrees."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from nlp_pipeline.auditing import policies as rules_of_the_house
from nlp_pipeline.auditing.auditor import Auditor
from nlp_pipeline.auditing.team_figures import team_figures
from nlp_pipeline.billing.biller import Biller
from nlp_pipeline.coding.review import note_reasons
from nlp_pipeline.errors import PolicyRefused
from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.facts import Facts
from nlp_pipeline.records.judgement import DecidedVisit, Judgement, TeamFigures
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.policy import Disagreement, Example, HousePolicy, Override, Trial, Week
from nlp_pipeline.records.suggestion import Suggestion
from nlp_pipeline.rulebook.rulebook import Rulebook

__all__ = ["HouseLayer", "Housed", "figures", "keeps_ruling", "proposal", "proposal_of_ruling", "repeated", "trial", "weeks"]

proposal, proposal_of_ruling = rules_of_the_house.proposal, rules_of_the_house.proposal_of_ruling
keeps_ruling = rules_of_the_house.keeps_ruling


Read = Callable[[Note], tuple[Facts, tuple[Suggestion, ...]]]  # gives what was read in a note, and the suggester's own codes


@dataclass(frozen=True, slots=True)
class Housed:
    """A coded note after the house policies: where one gives a code, that code is billed; each override keeps the suggester's own."""

    coded: CodedNote
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class HouseLayer:
    """Applies house policies to coded notes; what they change is billed and audited again."""

    rulebook: Rulebook
    biller: Biller
    auditor: Auditor

    @classmethod
    def load(cls) -> "HouseLayer":
        """Open the rulebook."""
        return cls(Rulebook.open(), Biller(), Auditor())

    def apply(self, coded: CodedNote, policies: Sequence[HousePolicy], today: date) -> Housed:
        """Apply the policies in force on the visit's day, or today where the note has none, after the suggester."""
        facts = coded.facts
        day = facts.note.date_of_service or today
        overrides = rules_of_the_house.overrides_of(facts, coded.suggestions, policies, day)
        if all(each.code is None for each in overrides):
            return Housed(coded, overrides)
        suggestions = rules_of_the_house.overridden(coded.suggestions, overrides)
        rules = self.rulebook.on(facts.note.date_of_service, facts.note.payer)
        encounter = self.biller.gather(facts, suggestions, rules)
        claim = self.biller.bill(encounter, rules)
        findings = self.auditor.audit(facts, suggestions, encounter, claim, rules)
        reasons = note_reasons(facts, encounter, findings)
        again = replace(coded, suggestions=suggestions, encounter=encounter, claim=claim, findings=findings, review_reasons=reasons)
        return Housed(again, overrides)

    def check(self, policy: HousePolicy, read: Read) -> None:
        """Refuse a policy whose code nobody knows, or that does not keep one of its own examples."""
        known = self.rulebook.on(policy.since, None).codes
        for code in (policy.code, *policy.when.header, *policy.when.suggested):
            if code is not None and code not in known and code != "none":
                raise PolicyRefused(policy.id, f"the code {code} is not known on {policy.since}")

        def suggest(example: Example) -> tuple[Facts, tuple[Suggestion, ...]]:
            return read(Note(policy.id, example.text, policy.since, *_meant(policy)))

        for example, came in rules_of_the_house.keeps_examples(policy, suggest):
            number = policy.examples.index(example) + 1
            raise PolicyRefused(policy.id, f"its example {number} expects {example.expect!r}, and {came!r} came")


def _meant(policy: HousePolicy) -> tuple[str | None, str | None]:
    """Give an example the payer and the discipline that the policy is about, where it is about some."""
    return next(iter(policy.when.payer), None), next(iter(policy.when.discipline), None)


def trial(policy: HousePolicy, visits: Iterable[DecidedVisit]) -> Trial:
    """Compare a policy with past decisions."""
    return rules_of_the_house.try_on(policy, visits)


def weeks(policy: HousePolicy, visits: Iterable[DecidedVisit]) -> tuple[Week, ...]:
    """Count week by week how often the decision was as proposed, before the policy and since."""
    return rules_of_the_house.weeks_of(policy, visits)


def repeated(visits: Iterable[DecidedVisit], policies: Sequence[HousePolicy], least: int = 3) -> tuple[Disagreement, ...]:
    """List what coders changed again and again to the same other code, but for what a policy says already."""
    return rules_of_the_house.repeated_disagreements(visits, policies, least)


def figures(judgements: Iterable[Judgement]) -> TeamFigures:
    """Work out how far engine and coders agree."""
    return team_figures(judgements)
