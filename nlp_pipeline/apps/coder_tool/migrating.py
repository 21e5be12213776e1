"""Bring a database's tables up to date, step by step, by the files in `migrations/`."""

from collections.abc import Sequence
from importlib import resources
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

PLACE = "nlp_pipeline.apps.coder_tool"


def upgrade(engine: Engine) -> None:
    """Run the migrations that a database has not seen, all or none."""
    here = str(resources.files(PLACE).joinpath("migrations"))
    scripts = ScriptDirectory(here, version_locations=[here])

    def steps(revision: Any, _: MigrationContext) -> Sequence[Any]:
        return scripts._upgrade_revs("head", revision)

    with (
        engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin() as connection,
        EnvironmentContext(Config(), scripts, fn=steps) as environment,
    ):
        environment.configure(connection=connection)
        environment.run_migrations()
