"""Bring a database's tables up to date, step by step, by the files in `migrations/`."""

from collections.abc import Sequence
from importlib import resources
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from nlp_pipeline.apps.coder_tool.tables import Table

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


def pending(engine: Engine) -> list[Any]:
    """List what the tables in the code have and those of a database have not, or the other way round."""
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Table.metadata))
