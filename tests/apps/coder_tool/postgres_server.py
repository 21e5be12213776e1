"""A PostgreSQL server of the tests' own: made in a temporary folder, on the loopback, gone afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

PLACES = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *(Path(each) for each in os.environ.get("PATH", "").split(os.pathsep))]


def programs():
    """Find the folder of the server's programs; None where there is none."""
    return next((place for place in PLACES if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


def free_port():
    """Find a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(place):
    """Run a server while it is needed; its address, without a database."""
    folder, port = Path(tempfile.mkdtemp(prefix="unitwise-postgres-")), free_port()
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []  # the server refuses to run as root
    if as_user:
        shutil.chown(folder, "postgres")

    def run(*order):
        subprocess.run([*as_user, *map(str, order)], check=True, capture_output=True, cwd=folder, timeout=120)

    run(place / "initdb", "-D", folder / "data", "-U", "unitwise", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
    run(place / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start")
    try:
        yield f"postgresql://unitwise@127.0.0.1:{port}"
    finally:
        run(place / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
