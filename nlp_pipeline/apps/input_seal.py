"""The files that go into a run, sealed: what the manifest lists, what a resumed run is held to, and what changed under its hands."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice, zip_longest

from nlp_pipeline.apps.work_folder import INPUTS, WorkFolder
from nlp_pipeline.intake.intake import Intake

MOST_NAMED = 100


def seal(intake: Intake) -> str:
    """Seal the files as they are now."""
    whole = hashlib.sha256()
    for line in _lines(intake):
        whole.update(line)
    return whole.hexdigest()


def list_inputs(intake: Intake, work: WorkFolder) -> str:
    """List the files among the papers, and seal them."""
    whole = hashlib.sha256()
    with (work.path / INPUTS).open("wb") as file:
        for line in _lines(intake):
            whole.update(line)
            file.write(line)
    return whole.hexdigest()


def changed(intake: Intake, work: WorkFolder) -> list[str]:
    """Name files that are not what they were when the run began, or that came or went, from the first difference on."""
    pairs = zip_longest((line + b"\n" for line in work.lines(INPUTS)), _lines(intake))
    names = (json.loads(now or before or b"")["source"] for before, now in pairs if before != now)
    return list(islice(names, MOST_NAMED))


def _lines(intake: Intake) -> Iterator[bytes]:
    for each in intake.fingerprints():
        yield json.dumps(asdict(each), ensure_ascii=False).encode() + b"\n"
