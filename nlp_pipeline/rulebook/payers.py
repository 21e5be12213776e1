"""Payer profiles: how a payer counts units and what it asks of a claim, from which day on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, cast, get_args

from nlp_pipeline.errors import RuleNotInForce
from nlp_pipeline.records.claim_rules import PayerPair, PayerTerms, Sourced
from nlp_pipeline.records.rules import UnitMethod
from nlp_pipeline.rulebook.history import DatedValue, Entry, History, history_of, read_file

UNIT_METHODS: tuple[str, ...] = get_args(UnitMethod)
SWITCHES = tuple(each.name for each in fields(PayerTerms) if each.type in (bool, "bool"))
CAP, SEPARATE, NOTE = "units_per_discipline", "separate_modifier", "note"
TERMS = (*SWITCHES, CAP, SEPARATE, NOTE)


@dataclass(frozen=True, slots=True)
class PayerProfile:
    """One payer, the other ways to write its name, its unit method over the years, and its terms; `examples` are run as tests."""

    name: str
    names: tuple[str, ...]
    words: tuple[str, ...]
    method: History[UnitMethod]
    terms: Mapping[str, History[Any]]
    pairs: tuple[PayerPair, ...] = ()
    examples: tuple[Mapping[str, Any], ...] = ()

    def is_called(self, payer: str) -> bool:
        """Say whether a name in small letters is this payer's."""
        return payer == self.name or payer in self.names or any(word in payer for word in self.words)

    def turns(self) -> Iterator[date]:
        """Name each day on which a term or a pair begins or changes."""
        yield from (line.since for history in self.terms.values() for line in history.values)
        yield from (pair.since for pair in self.pairs)

    def terms_on(self, day: date | None, known_on: date | None = None) -> PayerTerms:
        """Give the terms of a day; one that had not begun is off."""
        held: dict[str, DatedValue[Any]] = {}
        for term, history in self.terms.items():
            try:
                held[term] = history.on(day, known_on)
            except RuleNotInForce:
                continue
        sources = {term: Sourced(line.value, line.since, line.source, line.mark) for term, line in held.items()}
        switches = {term: bool(held[term].value) if term in held else False for term in SWITCHES}
        return PayerTerms(
            **switches,
            separate_modifier=held[SEPARATE].value if SEPARATE in held else "59",
            units_per_discipline=sources.get(CAP),
            pairs=tuple(pair for pair in self.pairs if day is None or pair.since <= day),
            sources=sources,
        )


@dataclass(frozen=True, slots=True)
class PayerBook:
    """All profiles, and the two house defaults: for a visit without a payer, and for a payer in no profile."""

    profiles: tuple[PayerProfile, ...]
    unnamed: PayerProfile
    unknown: PayerProfile

    def find(self, payer: str | None) -> tuple[PayerProfile, str | None]:
        """Give the profile that a payer's name falls under, and a notice where a house default was taken."""
        wanted = (payer or "").strip().lower()
        if not wanted:
            return self.unnamed, f"No payer is named; the house default {self.unnamed.name!r} decides how units are counted."
        for profile in self.profiles:
            if profile.is_called(wanted):
                return profile, None
        return self.unknown, f"No profile for payer {payer!r}; the house default {self.unknown.name!r} decides how units are counted."

    def with_own(self, own: Iterable[PayerProfile]) -> "PayerBook":
        """Put a user's own profiles before the shipped ones; one of the same name takes its place."""
        first = tuple(own)
        names = {profile.name for profile in first}
        return PayerBook((*first, *(profile for profile in self.profiles if profile.name not in names)), self.unnamed, self.unknown)


def read_payers(path: Path) -> PayerBook:
    """Read the payer profiles and the house defaults among them."""
    entry = read_file(path).check_keys(frozenset({"label", "defaults", "payers"}))
    profiles: dict[str, PayerProfile] = {}
    for each in entry.tables("payers", name="name"):
        profile = _profile(each)
        if profile.name in profiles:
            raise each.refusal("has two profiles")
        profiles[profile.name] = profile
    defaults = Entry(path, "defaults", entry.values["defaults"]).check_keys(frozenset({"unnamed", "unknown", "source", "mark"}))
    known = tuple(profiles)
    return PayerBook(
        tuple(profiles.values()),
        unnamed=profiles[defaults.one_of("unnamed", known)],
        unknown=profiles[defaults.one_of("unknown", known)],
    )


def read_own_payers(path: Path) -> tuple[PayerProfile, ...]:
    """Read a user's own profiles; each must bring examples, which whoever opens them runs."""
    entry = read_file(path).check_keys(frozenset({"label", "payers"}))
    own = []
    for each in entry.tables("payers", name="name"):
        profile = _profile(each)
        if not profile.examples:
            raise each.refusal("has no example; a profile is only taken with examples that come out")
        own.append(profile)
    return tuple(own)


def _profile(entry: Entry) -> PayerProfile:
    entry.check_keys(frozenset({"name", "names", "words", "values"}), frozenset({"terms", "pairs", "examples"}))
    values = entry.values
    name = str(values["name"])
    terms: dict[str, History[Any]] = {}
    for each in entry.tables("terms", name="term") if "terms" in values else ():
        term = each.check_keys(frozenset({"term", "values"})).one_of("term", TERMS)
        terms[term] = history_of(f"{term} of {name}", each, _TermValue(term))
    return PayerProfile(
        name=name.lower(),
        names=tuple(each.lower() for each in values["names"]),
        words=tuple(each.lower() for each in values["words"]),
        method=history_of(f"unit method of {name}", entry, _method, key="method"),
        terms=terms,
        pairs=tuple(_pair(each) for each in entry.tables("pairs", name="column2")) if "pairs" in values else (),
        examples=tuple(_example(each) for each in entry.tables("examples", name="name")) if "examples" in values else (),
    )


@dataclass(frozen=True, slots=True)
class _TermValue:
    """Checks the value of a term: a switch is true or false, a cap a whole number, the rest words."""

    term: str

    def __call__(self, entry: Entry) -> Any:
        """Give the value of one line."""
        found: Any = entry.values["value"]
        wanted = bool if self.term in SWITCHES else int if self.term == CAP else str
        if type(found) is not wanted or (self.term == CAP and int(found) < 1):
            raise entry.refusal(f"has the value {found!r}, which does not fit the term {self.term}")
        return found


def _pair(entry: Entry) -> PayerPair:
    entry.check_keys(frozenset({"column1", "column2", "since", "source", "mark"}))
    since = entry.day("since")
    if since is None:
        raise entry.refusal("has no first day")
    return PayerPair(entry.values["column1"], entry.values["column2"], since, entry.values["source"], entry.values["mark"])


def _example(entry: Entry) -> Mapping[str, Any]:
    """Check the form of an example: an encounter, and the lines it must give."""
    return entry.check_keys(frozenset({"name", "services", "lines"}), frozenset({"day", "discipline", "distinct"})).values


def _method(entry: Entry) -> UnitMethod:
    return cast("UnitMethod", entry.one_of("method", UNIT_METHODS))
