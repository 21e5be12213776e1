"""Modifiers and credentials: what may stand on a line, and who may furnish it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import get_args

from nlp_pipeline.errors import RuleNotInForce
from nlp_pipeline.records.claim_rules import Credential, ModifierKind, ModifierRule
from nlp_pipeline.rulebook.history import Entry, History, history_of, read_file

ROLES = ("therapist", "assistant", "practitioner", "unpaid")


@dataclass(frozen=True, slots=True)
class ModifierLine:
    """One modifier, and from when on it may be used."""

    rule: ModifierRule
    history: History[bool]


@dataclass(frozen=True, slots=True)
class CredentialLine:
    """One credential, the other ways to write it, and from when on the rule about it holds."""

    credential: Credential
    names: tuple[str, ...]
    history: History[bool]


def read_modifiers(path: Path) -> tuple[ModifierLine, ...]:
    """Read the modifiers; what one needs or excludes must be a modifier too."""
    entry = read_file(path).check_keys(frozenset({"label", "modifiers"}))
    lines = tuple(_modifier(each) for each in entry.tables("modifiers", name="name"))
    known = {line.rule.name for line in lines}
    for line in lines:
        if unknown := ({line.rule.needs, *line.rule.excludes} - {""}) - known:
            raise entry.refusal(f"{line.rule.name} speaks of {', '.join(sorted(unknown))}, which is no modifier")
    return lines


def read_credentials(path: Path) -> tuple[CredentialLine, ...]:
    """Read the credentials."""
    entry = read_file(path).check_keys(frozenset({"label", "credentials"}))
    return tuple(_credential(each) for each in entry.tables("credentials", name="name"))


def modifiers_on(lines: tuple[ModifierLine, ...], day: date | None, known_on: date | None) -> Mapping[str, ModifierRule]:
    """Give the modifiers in force on a day, each with its source of that day."""
    found: dict[str, ModifierRule] = {}
    for line in lines:
        try:
            held = line.history.on(day, known_on)
        except RuleNotInForce:
            continue
        found[line.rule.name] = replace(line.rule, source=held.source, mark=held.mark)
    return found


def credentials_on(lines: tuple[CredentialLine, ...], day: date | None, known_on: date | None) -> Mapping[str, Credential]:
    """Give the credentials of a day by each of their names in small letters."""
    found: dict[str, Credential] = {}
    for line in lines:
        try:
            held = line.history.on(day, known_on)
        except RuleNotInForce:
            continue
        found |= dict.fromkeys(line.names, replace(line.credential, source=held.source, mark=held.mark))
    return found


def _modifier(entry: Entry) -> ModifierLine:
    entry.check_keys(frozenset({"name", "words", "kind", "rank", "values"}), frozenset({"discipline", "needs", "excludes", "revenue"}))
    kind: ModifierKind = entry.one_of("kind", get_args(ModifierKind))
    values = entry.values
    rule = ModifierRule(
        name=values["name"],
        words=values["words"],
        kind=kind,
        rank=values["rank"],
        discipline=values.get("discipline", ""),
        needs=values.get("needs", ""),
        excludes=tuple(values.get("excludes", ())),
        revenue=values.get("revenue", ""),
    )
    return ModifierLine(rule, history_of(f"modifier {rule.name}", entry, _true))


def _credential(entry: Entry) -> CredentialLine:
    entry.check_keys(frozenset({"name", "words", "names", "discipline", "role", "values"}))
    entry.one_of("role", ROLES)
    values = entry.values
    credential = Credential(values["name"], values["words"], values["discipline"], values["role"], "", "")
    return CredentialLine(credential, tuple(values["names"]), history_of(f"credential {values['name']}", entry, _true))


def _true(entry: Entry) -> bool:
    if entry.values["value"] is not True:
        raise entry.refusal("has a value that is not true")
    return True
