"""Who signed a note: a name with a credential behind it, or words that say that it was signed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from nlp_pipeline.records.claim_rules import ClaimRules, Credential
from nlp_pipeline.records.note import Note, Span
from nlp_pipeline.records.rules import Rules

SIGNED = r"(?:(?:electronically|digitally|e-?)?[ ]?signed(?:[ ]by)?|signature|therapist|treating therapist|provider|clinician|author|s/)[ ]?[:\-]?[ ]*"
NAME = r"(?:[A-Z][\w'’.\-]*[ ]+){1,4}?[A-Z][\w'’\-]+|[A-Z][\w'’\-]+,[ ]*[A-Z][\w'’.\-]+(?:[ ][A-Z]\.?)?"
MOST = 0.5  # of the notes of a run; below it, the export is taken to leave signatures out
TAIL = 600  # characters of the end in which a bare name with a credential is a signature


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: its words and the credential that stands last in them."""

    span: Span
    credential: Credential


@lru_cache(maxsize=16)
def _forms(names: frozenset[str]) -> re.Pattern[str]:
    written = sorted((name if " " in name else name.upper() for name in names), key=lambda name: (-len(name), name))
    known = "|".join(f"(?i:{re.escape(name)})" if " " in name else re.escape(name) for name in written)
    return re.compile(rf"(?P<led>(?i:{SIGNED}))?(?P<name>{NAME})(?P<held>(?:[ ]*[,/][ ]*|[ ]+)(?:{known})(?![\w/])(?:[ ]*[,/][ ]*(?:{known})(?![\w/]))*)")


def signatures_in(note: Note, claim: ClaimRules) -> tuple[Signature, ...]:
    """Find the signatures of a note: led by words that say so anywhere, or bare near its end, on a line of their own."""
    found = []
    for match in _forms(frozenset(claim.credentials)).finditer(note.text):
        if not match["led"] and not _stands_alone(note.text, match):
            continue
        credential = claim.signer(match["held"].strip(" ,/"))
        if credential is not None:
            found.append(Signature(note.span(*match.span()), credential))
    return tuple(found)


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    begins = text.rfind("\n", 0, match.start()) + 1
    ends = text.find("\n", match.end())
    after = text[match.end() : ends if ends >= 0 else len(text)].strip()
    is_written_so = match["held"].lstrip().startswith(",") or not after
    return is_written_so and match.start() >= len(text) - TAIL and not text[begins : match.start()].strip(" -–_/\t")


def are_expected(notes: Sequence[Note], rules: Rules) -> bool:
    """Say whether the notes of a run bear signatures: where an export leaves them out, none is missed."""
    if rules.claim is None or not notes:
        return False
    return sum(bool(signatures_in(note, rules.claim)) for note in notes) >= MOST * len(notes)
