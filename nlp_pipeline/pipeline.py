"""The one object that every app holds: notes go in, coded notes come out."""

import gc
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from nlp_pipeline.auditing.auditor import Auditor
from nlp_pipeline.auditing.comparison import compare
from nlp_pipeline.auditing.matching import pair
from nlp_pipeline.auditing.signatures import are_expected
from nlp_pipeline.billing.biller import Biller
from nlp_pipeline.coding.model_pack import ModelPack, open_pack
from nlp_pipeline.coding.review import note_reasons
from nlp_pipeline.coding.suggester import CodeSuggester
from nlp_pipeline.reading.reader import NoteReader
from nlp_pipeline.records.audit_case import DEFAULT_TERMS, AuditedVisit, AuditTerms, Unmatched
from nlp_pipeline.records.billed_claim import BilledClaim
from nlp_pipeline.records.claim import AuditedClaim
from nlp_pipeline.records.coded_note import CodedNote, ReaderName
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.note import Note
from nlp_pipeline.rule_layer import PatientYears, RuleLayer
from nlp_pipeline.rulebook.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Read, code, bill, audit, in that order, by the rules of the visit's own day."""

    reader: NoteReader
    suggester: CodeSuggester
    rulebook: Rulebook
    biller: Biller
    auditor: Auditor
    model: str
    reader_name: ReaderName = "fast"
    digests: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, model: Path | None = None, reader: ReaderName = "careful") -> Self:
        """Open a model pack (argument, then UNITWISE_MODEL, then the one shipped inside the package) and the shipped rulebook.

        The careful reader reads where the pack has one, unless the fast one is asked for.
        """
        loaded = cls.from_pack(open_pack(model, careful=reader == "careful"))
        gc.freeze()  # what was loaded stays: the search for garbage need not walk through the vocabulary again and again
        return loaded

    @classmethod
    def from_pack(cls, pack: ModelPack) -> Self:
        """Put the rooms together around an opened pack."""
        law = RuleLayer.load()
        reader = NoteReader(pack.reader, pack.careful)
        suggester = CodeSuggester(pack.coder, reader.listen if pack.careful else None)
        return cls(reader, suggester, law.rulebook, law.biller, law.auditor, pack.name, "careful" if pack.careful else "fast", pack.digests())

    def claim(self, encounters: Iterable[Encounter]) -> Iterator[AuditedClaim]:
        """Make a claim of each encounter, in order: the rule layer alone."""
        return RuleLayer(self.rulebook, self.biller, self.auditor).claim(encounters)

    def code(self, notes: Iterable[Note], *, counterfactuals: bool = False) -> Iterator[CodedNote]:
        """Code notes in order, one answer for each note; with `counterfactuals`, say also which small fact would change a code (slower)."""
        for facts, suggestions in self.suggester.suggest(self.reader.read(notes), counterfactuals=counterfactuals):  # both work a batch at a time inside
            rules = self.rulebook.on(facts.note.date_of_service, facts.note.payer)
            encounter = self.biller.gather(facts, suggestions, rules)
            claim = self.biller.bill(encounter, rules)
            findings = self.auditor.audit(facts, suggestions, encounter, claim, rules)
            reasons = note_reasons(facts, encounter, findings)
            yield CodedNote(facts, suggestions, encounter, claim, findings, self.model, rules.dated.isoformat(), rules.notices, reasons, self.reader_name)

    def audit(self, notes: Iterable[Note], billed: Iterable[BilledClaim], terms: AuditTerms = DEFAULT_TERMS) -> Iterator[AuditedVisit | Unmatched]:
        """Code notes and lay each beside what was billed for it, in the order of their days; what matches nothing comes out at the end."""
        given = list(notes)
        found = pair(given, billed)
        coded = {each.facts.note.id: each for each in self.code(given if terms.across else [each.note for each in found.pairs])}
        more = terms.across(coded.values()) if terms.across else {}
        law, years = RuleLayer(self.rulebook, self.biller, self.auditor), PatientYears()
        signed = are_expected(given, self.rulebook.on(None, None))
        for each in found.pairs:
            answer = coded[each.note.id]
            answer = replace(answer, findings=(*answer.findings, *more.get(each.note.id, ())))
            yield compare(replace(law.lay_out(answer, each.billed, years), whole_year=terms.whole_year, signatures_expected=signed))
        yield from (law.price_alone(each) for each in found.unmatched)
