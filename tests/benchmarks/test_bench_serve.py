"""The load test in little: many coders at once go for the same visits."""

import pytest

from tests.apps.coder_tool.postgres_server import free_port

pytest.importorskip("fastapi")


def test_no_decision_is_lost_or_kept_twice_when_many_decide_at_once(tmp_path):
    from benchmarks.bench_serve import Bench, run

    found = run(Bench(coders=12, seconds=5, visits=400, url=f"sqlite:///{tmp_path / 'bench.db'}", folder=tmp_path, port=free_port()))
    assert found["acknowledged"] > 0
    assert (found["lost"], found["doubled"], found["unexplained"], found["log_breaches"], found["other_answers"]) == (0, 0, 0, 0, {})
    assert found["undone"] == found["undone_told"]
