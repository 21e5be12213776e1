"""Which files a run reads, to the byte: what a manifest lists, and what tells that inputs have changed."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.received import Rejected
from nlp_pipeline.intake.sources import Source


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A file as it was given: its name in reports, its size, and its SHA-256; both None where it cannot be opened."""

    source: str
    bytes: int | None
    sha256: str | None


def fingerprints_of(files: Iterable[Source | Rejected]) -> Iterator[Fingerprint]:
    """Measure each file; one of a kind that is not read is left out, for its rejected row tells of it."""
    for file in files:
        if isinstance(file, Source):
            yield _fingerprint(file)


def _fingerprint(file: Source) -> Fingerprint:
    try:
        with file.open() as stream:
            digest = hashlib.file_digest(stream, "sha256")
            return Fingerprint(file.label, stream.tell(), digest.hexdigest())
    except (OSError, UnreadableInput):
        return Fingerprint(file.label, None, None)
