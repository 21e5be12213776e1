"""A Spark session for a review: the one that a cluster gives, or one on this machine alone."""

import importlib.util
import os
import shutil
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from nlp_pipeline.errors import EngineRefused

LOOPBACK: Final = "127.0.0.1"
MASTER: Final = "spark.master"
QUIET: Final = {"spark.log.level": "OFF", "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.sql.shuffle.partitions": "8"}
ON_THIS_MACHINE: Final = {"spark.driver.host": LOOPBACK, "spark.driver.bindAddress": LOOPBACK} | QUIET
HELD_BY_A_CLUSTER: Final = ("PYSPARK_GATEWAY_PORT", "DATABRICKS_RUNTIME_VERSION")  # set where spark-submit or a notebook has begun the session


def check_spark() -> None:
    """Say at once, and in one line, that Spark is not there."""
    if importlib.util.find_spec("pyspark") is None:
        raise EngineRefused("The Spark engine needs PySpark, which is not installed", "Install it with: pip install 'unitwise[spark]'")
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java") and not (home and shutil.which("java", path=f"{home}/bin")):
        raise EngineRefused("The Spark engine needs Java 17 or newer, which is not found", "Install it (Debian: default-jre-headless) or set JAVA_HOME")


@contextmanager
def spark_session(settings: Sequence[tuple[str, str]], workers: int) -> Iterator[Any]:
    """Open a session; without a master named anywhere, on as many processes of this machine as --workers says."""
    check_spark()
    with warnings.catch_warnings(action="ignore", category=FutureWarning):  # about the versions of libraries that PySpark would use for other things
        try:
            with _opened(settings, workers) as spark:
                yield spark
        except Exception as trouble:
            if not type(trouble).__module__.startswith(("py4j", "pyspark")):
                raise
            raise _given_up(trouble) from None


@contextmanager
def _opened(settings: Sequence[tuple[str, str]], workers: int) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    wanted = dict(settings)
    held = any(name in os.environ for name in HELD_BY_A_CLUSTER) or SparkSession.getActiveSession() is not None
    if not held and wanted.get(MASTER, "local").startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", LOOPBACK)
        os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
        wanted = {MASTER: f"local[{workers}]"} | ON_THIS_MACHINE | wanted
    builder = SparkSession.builder.appName("unitwise review")
    for name, value in wanted.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    try:
        if not held:
            spark.sparkContext.setLogLevel("OFF")  # an executor's trace could quote a note
        yield spark
    finally:
        if not held:
            spark.stop()


def _given_up(trouble: Exception) -> EngineRefused:
    """Tell the kind of the trouble alone: its message could quote a note."""
    way_out = "Spark's own log says why; go on with --resume, or with --resume and without --engine spark"
    return EngineRefused(f"Spark gave up ({type(trouble).__name__})", way_out)
