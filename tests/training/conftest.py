from pathlib import Path

import pytest

from training.corpus import MarkedNote, Phrase, read_notes, read_phrases


@pytest.fixture(scope="session")
def corpus() -> tuple[MarkedNote, ...]:
    """All training notes."""
    return read_notes()


@pytest.fixture(scope="session")
def phrases() -> tuple[Phrase, ...]:
    """All phrase lists."""
    return read_phrases()


@pytest.fixture
def read(tmp_path):
    """Read one note from a file `hand.note`, given its text below the heading."""

    def read(body: str, head: str = "=== id: n-1 | discipline: PT | style: plain") -> MarkedNote:
        (tmp_path / "hand.note").write_text(f"{head}\n{body}\n", "utf-8")
        [note] = read_notes(Path(tmp_path))
        return note

    return read
