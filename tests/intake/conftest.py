import json

import pytest

from nlp_pipeline.intake.intake import Intake
from nlp_pipeline.intake.received import Received, Rejected


@pytest.fixture
def put(tmp_path):
    """Write a file into the test's own folder and give its path."""

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def taken(*inputs, **options):
    return list(Intake(inputs, **options))


def notes(*inputs, **options):
    return [row.note for row in taken(*inputs, **options) if isinstance(row, Received)]


def reasons(*inputs, **options):
    return [(row.reason, row.place.row) for row in taken(*inputs, **options) if isinstance(row, Rejected)]


def json_lines(*rows):
    return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
