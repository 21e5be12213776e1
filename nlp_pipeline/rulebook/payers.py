"""Payer profiles: whose way of counting units holds for a payer, from which day on."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from nlp_pipeline.records.rules import UnitMethod
from nlp_pipeline.rulebook.history import Entry, History, history_of, read_file

UNIT_METHODS: tuple[str, ...] = get_args(UnitMethod)


@dataclass(frozen=True, slots=True)
class PayerProfile:
    """One payer, the other ways to write its name, and its unit method over the years."""

    name: str
    names: tuple[str, ...]
    words: tuple[str, ...]
    method: History[UnitMethod]

    def is_called(self, payer: str) -> bool:
        """Say whether a name in small letters is this payer's."""
        return payer == self.name or payer in self.names or any(word in payer for word in self.words)


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


def read_payers(path: Path) -> PayerBook:
    """Read the payer profiles and the house defaults among them."""
    entry = read_file(path).check_keys(frozenset({"label", "defaults", "payers"}))
    profiles: dict[str, PayerProfile] = {}
    for each in entry.tables("payers", name="name"):
        each.check_keys(frozenset({"name", "names", "words", "values"}))
        if each.values["name"] in profiles:
            raise each.refusal("has two profiles")
        profiles[each.values["name"]] = PayerProfile(
            name=each.values["name"],
            names=tuple(each.values["names"]),
            words=tuple(each.values["words"]),
            method=history_of(f"unit method of {each.values['name']}", each, _method, key="method"),
        )
    defaults = Entry(path, "defaults", entry.values["defaults"]).check_keys(frozenset({"unnamed", "unknown", "source", "mark"}))
    known = tuple(profiles)
    return PayerBook(
        tuple(profiles.values()),
        unnamed=profiles[defaults.one_of("unnamed", known)],
        unknown=profiles[defaults.one_of("unknown", known)],
    )


def _method(entry: Entry) -> UnitMethod:
    return cast("UnitMethod", entry.one_of("method", UNIT_METHODS))
