"""The capsule: one file that holds an audit and its seal, and is the same byte for byte wherever it is made.

A capsule is a ZIP without compression (which differs from one release of zlib to the next), its entries in the order of their names,
each dated 1 January 1980. `capsule.json` names every part with its SHA-256; the seal is the SHA-256 of that file. Who wants to hold others
to a capsule keeps the seal elsewhere: a hash beside the thing it guards against damage, not against someone who can write both.
"""

import hashlib
import hmac
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from nlp_pipeline.apps.audit_folder import AuditFolder
from nlp_pipeline.apps.manifest import versions
from nlp_pipeline.errors import AuditRefused
from nlp_pipeline.records.audit_papers import Rulings
from nlp_pipeline.records.capsule import CAPSULE_FORM, Capsule, MadeWith, Part, Role
from nlp_pipeline.records.storage import plain, record_of

MANIFEST = "capsule.json"
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
SHORT = 12  # of a hash, to tell two files of one name apart
UNIX, PLAIN_FILE = 3, 0o644 << 16
RESULTS = ("audit.jsonl", "unmatched.jsonl", "rejected.jsonl", "packets.jsonl", "summary.json")
SAMPLE = ("universe.json", "frame.csv", "sample.json", "sampling_memo.md", "worksheet.csv")
ROLES: Mapping[str, Role] = {
    **dict.fromkeys((*RESULTS, *SAMPLE, "estimate.json"), "result"),
    **dict.fromkeys(("decisions.csv", "rulings.json", "actions.csv", "about.json"), "decision"),
    **dict.fromkeys(("report.json", "report.html", "report.xlsx", "report.pdf"), "report"),
}
WITH_QUOTES = frozenset(
    {"audit.jsonl", "rulings.json", "unmatched.jsonl", "rejected.jsonl", "packets.jsonl", "report.json", "report.html", "report.xlsx", "report.pdf"}
)
HEADING = "Privileged and confidential. Prepared at the direction of counsel."


@dataclass(frozen=True, slots=True)
class SealOrder:
    """What was asked for on the command line."""

    folder: Path
    output: Path
    inputs: tuple[Path, ...] = ()
    counsel: bool = False
    without_quotes: bool = False
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A capsule that has been read: what it says of itself, its parts, and its seal."""

    capsule: Capsule
    parts: Mapping[str, bytes]
    seal: str
    signature: str


def seal(order: SealOrder) -> int:
    """Seal an audit and print its seal."""
    parts = dict(_parts(AuditFolder(order.folder)))
    if "summary.json" not in parts and "sample.json" not in parts:
        raise AuditRefused(str(order.folder), "there is no audit in it", "Run `unitwise audit` or `unitwise audit sample` first.")
    held = {name: content for name, content in parts.items() if not (order.without_quotes and name in WITH_QUOTES)}
    given = {input_name(path.name, content := path.read_bytes()): content for path in _files(order.inputs)}
    laid = _capsule(order, parts, held, given)
    manifest = _canonical(laid)
    found = hashlib.sha256(manifest).hexdigest()
    more = {"signature": _signature(order.key, manifest)} if order.key else {}
    write_zip(order.output, {MANIFEST: manifest, **{f"parts/{name}": content for name, content in held.items()}, **given, **more})
    print(f"{order.output}: {len(held)} parts and {len(given)} inputs sealed")
    print(f"seal {found}")
    print("Keep the seal apart from the capsule: `unitwise audit verify CAPSULE --seal …` holds one against the other.")
    return 0


def verify(path: Path, expected: str | None, key: Path | None) -> int:
    """Say whether a capsule is whole, and whether its seal is the one expected."""
    opened = open_capsule(path)
    trouble = broken_parts(opened)
    if expected is not None and not hmac.compare_digest(expected.strip().lower(), opened.seal):
        trouble.append("the seal is not the one given")
    if key is not None and not hmac.compare_digest(_signature(key, _canonical(opened.capsule)), opened.signature.encode()):
        trouble.append("it was not signed with this key")
    if opened.capsule.counsel:
        print(opened.capsule.counsel)
    for each in trouble:
        print(f"broken: {each}")
    for line in _ruled(opened):
        print(line)
    if not trouble:
        print(f"whole: {len(opened.capsule.parts)} parts, each as it was sealed")
    print(f"seal {opened.seal}")
    return 1 if trouble else 0


def _ruled(opened: Opened) -> Iterable[str]:
    """Tell which rulings became house policy, by the policy's name and its SHA-256."""
    found = record_of(Rulings, json.loads(opened.parts["rulings.json"])) if "rulings.json" in opened.parts else Rulings()
    return [f"house policy {each.policy} version {each.version}, {each.state}: ruled {each.ruled} ({each.sha256[:SHORT]})" for each in found.policies]


def open_capsule(path: Path) -> Opened:
    """Read a capsule."""
    try:
        with ZipFile(path) as archive:
            contents = {each.filename: archive.read(each) for each in archive.infolist()}
        manifest = contents.pop(MANIFEST)
        capsule = record_of(Capsule, json.loads(manifest))
    except FileNotFoundError:
        raise AuditRefused(str(path), "there is no such file", "Name the capsule that `unitwise audit seal` has written.") from None
    except (BadZipFile, KeyError, ValueError, TypeError, NotImplementedError, OSError):
        raise AuditRefused(path.name, "it is not a whole capsule", "Take it again from where it is kept.") from None
    if capsule.form != CAPSULE_FORM:
        why = f"its form is {capsule.form}, and this version knows {CAPSULE_FORM}"
        raise AuditRefused(path.name, why, "Open it with the version that sealed it, or a later one.")
    signature = contents.pop("signature", b"").decode("ascii", "replace")
    return Opened(capsule, {name.removeprefix("parts/"): content for name, content in contents.items()}, hashlib.sha256(manifest).hexdigest(), signature)


def broken_parts(opened: Opened) -> list[str]:
    """Name every part that is not as it was sealed, is missing, or was put in later."""
    named = {each.name: each for each in opened.capsule.parts}
    trouble = [f"{name} was not there when it was sealed" for name in sorted(opened.parts.keys() - named.keys())]
    for each in opened.capsule.parts:
        if each.held and each.name not in opened.parts:
            trouble.append(f"{each.name} is missing")
        elif each.name in opened.parts and digest(opened.parts[each.name]) != each.sha256:
            trouble.append(f"{each.name} is not as it was sealed")
    return trouble


def write_zip(path: Path, contents: Mapping[str, bytes]) -> None:
    """Write a ZIP whose bytes depend on its contents alone."""
    whole = io.BytesIO()
    with ZipFile(whole, "w", ZIP_STORED) as archive:
        for name in sorted(contents, key=lambda name: (name != MANIFEST, name)):
            entry = ZipInfo(name, FIRST_DAY)
            entry.create_system, entry.external_attr, entry.compress_type = UNIX, PLAIN_FILE, ZIP_STORED
            archive.writestr(entry, contents[name])
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(whole.getvalue())
    beside.replace(path)


def input_name(name: str, content: bytes) -> str:
    """Name an input so that two files of one name have a place each."""
    return f"inputs/{digest(content)[:SHORT]}/{name}"


def digest(content: bytes) -> str:
    """Give the SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


def _capsule(order: SealOrder, parts: Mapping[str, bytes], held: Mapping[str, bytes], given: Mapping[str, bytes]) -> Capsule:
    summary = json.loads(parts.get("summary.json", b"{}"))
    sample = json.loads(parts.get("sample.json", b"{}"))
    laid = [Part(name, ROLES[name], digest(content), len(content), name in held) for name, content in parts.items()]
    laid += [Part(name, "input", digest(content), len(content)) for name, content in given.items()]
    known = {each["sha256"]: each["name"] for each in summary.get("inputs", ())}
    carried = {each.sha256 for each in laid if each.role == "input"}
    if summary and (strange := sorted(each.name for each in laid if each.role == "input" and each.sha256 not in known)):
        raise AuditRefused(Path(strange[0]).name, "the audit was not run on this file as it is now", "Name the inputs of the audit, unchanged.")
    laid += [Part(f"inputs/{found[:SHORT]}/{Path(name).name}", "input", found, 0, held=False) for found, name in known.items() if found not in carried]
    return Capsule(
        form=CAPSULE_FORM,
        parts=tuple(sorted(laid, key=lambda part: (part.name, part.sha256))),
        made_with=made_with(summary),
        seed=sample.get("design", {}).get("seed", ""),
        counsel=HEADING if order.counsel else "",
        without_quotes=order.without_quotes,
    )


def made_with(summary: Mapping[str, Any]) -> MadeWith:
    """Name what an audit was made with, from its own summary; the libraries are those of the sealing."""
    libraries = {name: number for name, number in versions().items() if name not in ("unitwise", "python")}
    return MadeWith(
        unitwise=summary.get("unitwise", versions()["unitwise"]),
        model=summary.get("model", ""),
        model_digests=summary.get("digests"),
        rules=tuple(summary.get("rules", ())),
        rules_sha256=summary.get("rules_sha256", ""),
        libraries=libraries,
    )


def _parts(folder: AuditFolder) -> Iterable[tuple[str, bytes]]:
    return ((name, path.read_bytes()) for name in ROLES if (path := folder.path / name).is_file())


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if not path.exists():
            raise AuditRefused(str(path), "there is no such file", "Name the inputs that the audit was run on.")
        yield from sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]


def _canonical(capsule: Capsule) -> bytes:
    return (json.dumps(plain(capsule), ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def _signature(key: Path, manifest: bytes) -> bytes:
    try:
        return hmac.new(key.read_bytes(), manifest, "sha256").hexdigest().encode()
    except OSError:
        raise AuditRefused(str(key), "the key cannot be read", "Name the file that holds it.") from None
