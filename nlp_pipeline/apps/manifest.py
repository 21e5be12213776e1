"""`manifest.json`: what went in and came out to the byte, and with what it was made; nothing in it depends on where, when or how fast a run went."""

import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from itertools import islice
from typing import Any, Final

from nlp_pipeline.apps.checkpoint import Checkpoint
from nlp_pipeline.apps.results import MANIFEST, Results
from nlp_pipeline.apps.review_order import ReviewOrder
from nlp_pipeline.apps.work_folder import INPUTS, WorkFolder
from nlp_pipeline.records.schema import SCHEMA_VERSION
from nlp_pipeline.reporting.tables import Cell

DISTRIBUTION: Final = "unitwise"
INPUTS_SHOWN = 1000  # on a sheet; the manifest itself names all
NAME_ENDS = " <>=!~[;("


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that a manifest says but for the files, which may be very many and are written one by one."""

    order: ReviewOrder
    end: Checkpoint
    seed: int

    def head(self) -> dict[str, Any]:
        """Lay out what was asked, with what it was answered, and the counts."""
        tally = self.end.counts()
        coded, rejected = tally.of("notes")["coded"], tally.of("rejected").total()
        return {
            "schema_version": SCHEMA_VERSION,
            "command": self.order.command(),
            "counts": {"in": self.end.rows, "coded": coded, "rejected": rejected},
            "seed": self.seed,
            "model": self.end.made_with,
            "reader": sorted(tally.of("readers")),
            "rules": {"dated": sorted(tally.of("rules")), "sha256": self.end.run["rules"]},
            "versions": versions(),
            "rows_sealed": self.end.digest,
            "inputs_sealed": self.end.inputs,
            "changed_while_read": self.end.changed,
            "asked": self.end.run,
        }

    def write(self, results: Results) -> None:
        """Write the manifest: from here on the run is whole."""
        head = json.dumps(self.head(), ensure_ascii=False, indent=1).removesuffix("\n}")
        with results.writing(MANIFEST) as path, path.open("w", encoding="utf-8") as file:
            file.write(head)
            for name, lines in (("inputs", input_lines(results.work)), ("outputs", map(_line, results.outputs()))):
                file.write(f',\n "{name}": [')
                for number, line in enumerate(lines):
                    file.write(f"{',' if number else ''}\n  {line}")
                file.write("\n ]")
            file.write("\n}\n")


def versions() -> dict[str, str]:
    """Name the version of unitwise, of Python, and of each library that it asks for."""
    try:
        named = [_name(each) for each in requires(DISTRIBUTION) or () if "extra ==" not in each]
        return {DISTRIBUTION: version(DISTRIBUTION), "python": platform.python_version()} | {name: version(name) for name in sorted(named)}
    except PackageNotFoundError:
        return {DISTRIBUTION: "(not installed)", "python": platform.python_version()}


def input_lines(work: WorkFolder) -> Iterator[str]:
    """Give the files that went in, a JSON object each."""
    return (line.decode() for line in work.lines(INPUTS))


def run_table(head: dict[str, Any], work: WorkFolder) -> list[list[Cell]]:
    """Lay out a manifest for a sheet: what it says, then the files that went in."""
    model = head["model"]
    rows: list[list[Cell]] = [["Run"]]
    rows += [["command", " ".join(head["command"])], *([name, count] for name, count in head["counts"].items()), ["seed", head["seed"]]]
    rows += [["Made with"], ["model", model.get("model")], *([name, digest] for name, digest in model.get("digests", {}).items())]
    rows += [["reader", ", ".join(head["reader"])], ["rules dated", ", ".join(head["rules"]["dated"])], ["rules, SHA-256", head["rules"]["sha256"]]]
    rows += [[name, number] for name, number in head["versions"].items()]
    rows += [["Inputs"]]
    rows += [[each["source"], each["sha256"], each["bytes"]] for each in map(json.loads, islice(input_lines(work), INPUTS_SHOWN))]
    rows += [["and, where there are more, those in manifest.json, which also names the results with their SHA-256"]]
    return rows


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False)


def _name(requirement: str) -> str:
    """Cut a requirement down to its name.

    >>> _name("numpy<3,>=2.4"), _name("rich (>=15)")
    ('numpy', 'rich')
    """
    ends = [place for sign in NAME_ENDS if (place := requirement.find(sign)) >= 0]
    return requirement[: min(ends, default=len(requirement))]
