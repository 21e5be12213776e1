"""Every notebook runs from top to bottom, and stores nothing of what it showed."""

import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def code_cells(notebook: Path) -> list[dict[str, object]]:
    return [cell for cell in json.loads(notebook.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(notebook, monkeypatch, capsys):
    monkeypatch.chdir(notebook.parent)
    names: dict[str, object] = {"__name__": "__main__"}
    for number, cell in enumerate(code_cells(notebook), 1):
        exec(compile("".join(cell["source"]), f"{notebook.name}, code cell {number}", "exec"), names)
        assert capsys.readouterr().out, f"code cell {number} shows nothing"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_stores_no_output(notebook):
    assert [cell["outputs"] or cell["execution_count"] for cell in code_cells(notebook)] == [None] * len(code_cells(notebook))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_asks_a_question(notebook):
    title = json.loads(notebook.read_text("utf-8"))["cells"][0]["source"][0]
    assert title.startswith("# ")
    assert title.strip().endswith("?")


def test_there_are_notebooks_to_run():
    assert NOTEBOOKS
