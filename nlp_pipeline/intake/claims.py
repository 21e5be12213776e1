"""Inputs to claims: the other verb of this room, for what was charged, sent and paid."""

import json
from collections.abc import Iterator, Sequence
from io import BufferedReader
from typing import Any

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.charge_messages import read_charge_messages
from nlp_pipeline.intake.claim_tables import ClaimProfile, claim_forms, read_claim_table, read_claim_workbook
from nlp_pipeline.intake.decoding import decode, is_binary
from nlp_pipeline.intake.fhir_claims import claims_of_resource
from nlp_pipeline.intake.intake import MESSAGE_STARTS
from nlp_pipeline.intake.received import Place, Rejected, reject
from nlp_pipeline.intake.recognition import recognition
from nlp_pipeline.intake.sources import STANDARD_INPUT, Source, StandardInput, check_input, sources_of
from nlp_pipeline.intake.x12 import Broken, X12Segment, segments_of
from nlp_pipeline.intake.x12_claims import read_claims
from nlp_pipeline.intake.x12_remittances import read_remittances
from nlp_pipeline.records.billed_claim import BilledClaim, Step

CLAIMS, REMITTANCES = "837", "835"
Claims = Iterator[BilledClaim | Rejected]


class ClaimIntake:
    """Reads claims, charges and remittances from inputs in the order given; what cannot be read comes out too, with its reason."""

    def __init__(self, inputs: Sequence[str], step: Step = "submitted", profile: ClaimProfile | None = None) -> None:
        for name in inputs:
            if not _is_x12(name):
                check_input(name)
        self._inputs, self._step, self._profile = inputs, step, profile or ClaimProfile()
        self._standard_input = StandardInput()

    def __iter__(self) -> Claims:
        """Give each claim, charge or remittance, or the rejected row."""
        for name in self._inputs:
            for source in self._sources(name):
                if isinstance(source, Rejected):
                    yield source
                else:
                    yield from self._of(source)
        self._standard_input.close()

    def _sources(self, name: str) -> Iterator[Source | Rejected]:
        from pathlib import Path

        path = Path(name)
        if name != STANDARD_INPUT and path.is_dir():
            ours = sorted(each for each in path.iterdir() if each.is_file() and _is_x12(each.name))
            yield from (Source(each, str(each), each.stem, "text") for each in ours)
            yield from (each for each in sources_of(name) if not _is_x12(each.label if isinstance(each, Source) else each.place.source))
        elif _is_x12(name):
            if not path.is_file():
                raise UnreadableInput(name, "there is no such file", "Check the path.")
            yield Source(path, name, path.stem, "text")
        else:
            yield from sources_of(name, None, self._standard_input)

    def _of(self, source: Source) -> Claims:
        try:
            with source.open() as stream:
                nothing = True
                for each in self._read(source, stream):
                    nothing = False
                    yield each
                if nothing:
                    yield reject("no-claims", source.place())
        except UnreadableInput as trouble:
            yield reject("unreadable-file", source.place(), why=trouble.why)
        except OSError as trouble:
            yield reject("unreadable-file", source.place(), why=trouble.strerror or "it broke off")

    def _read(self, source: Source, stream: BufferedReader) -> Claims:
        head = stream.peek(recognition().head_bytes)[: recognition().head_bytes]
        beginning = decode(head).lstrip("\ufeff\v \t\r\n")
        if source.reader == "workbook":
            yield from read_claim_workbook(source, stream, self._step, self._profile)
        elif is_binary(head):
            yield reject("binary-file", source.place())
        elif beginning.startswith("ISA") or _is_x12(source.label):
            yield from _x12(source, stream)
        elif beginning.startswith(MESSAGE_STARTS):
            yield from read_charge_messages(source, stream)
        elif beginning[:1] in ("{", "["):
            yield from _fhir(source, stream)
        else:
            yield from read_claim_table(source, stream, self._step, self._profile)


def _is_x12(name: str) -> bool:
    return any(name.lower().endswith(ending) for ending in claim_forms().x12_endings)


def _whole(source: Source, stream: BufferedReader) -> str:
    limit = recognition().document_bytes
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise UnreadableInput(source.label, f"it is longer than {limit} bytes", "Give it in smaller parts.")
    return decode(data).removeprefix("\ufeff")


def _x12(source: Source, stream: BufferedReader) -> Claims:
    """Read a file of X12, transaction by transaction."""
    transaction: list[X12Segment] = []
    for each in segments_of(_whole(source, stream), source.label):
        if isinstance(each, Broken):
            yield from _transaction(transaction, source)
            transaction = []
            yield reject("x12-broken", source.place(each.number), number=each.number, why=each.why)
            continue
        if each.name == "ST":
            yield from _transaction(transaction, source)
            transaction = []
        if each.name not in ("ISA", "GS", "GE", "IEA"):
            transaction.append(each)
    yield from _transaction(transaction, source)


def _transaction(segments: Sequence[X12Segment], source: Source) -> Claims:
    if not segments:
        return
    kind = segments[0].text(1) if segments[0].name == "ST" else ""
    if kind == CLAIMS or (not kind and any(each.name == "CLM" for each in segments)):
        yield from read_claims(segments, source.label)
    elif kind == REMITTANCES or (not kind and any(each.name == "CLP" for each in segments)):
        yield from read_remittances(segments, source.label)
    else:
        yield reject("x12-other", Place(source.label, segments[0].number), kind=kind if kind.isalnum() else "unnamed one")


def _fhir(source: Source, stream: BufferedReader) -> Claims:
    """Read FHIR: a resource, a Bundle, a list of them, or one a line."""
    text = _whole(source, stream)
    whole = _parsed(text)
    if whole is not None:
        for row, each in enumerate(whole if isinstance(whole, list) else [whole], 1):
            yield from _resource(each, source.place(row if isinstance(whole, list) else None))
        return
    for row, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield from _resource(_parsed(line), source.place(row))


def _resource(resource: Any, place: Place) -> Claims:
    if isinstance(resource, dict):
        yield from claims_of_resource(resource, place)
    else:
        yield reject("broken-json", place)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
