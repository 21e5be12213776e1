"""`unitwise serve` and `unitwise log verify`: the coder tool from the command line."""

import json
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nlp_pipeline.errors import ServeRefused
from nlp_pipeline.records.coded_note import ReaderName
from nlp_pipeline.rulebook.own_data import own_folder

if TYPE_CHECKING:
    from nlp_pipeline.apps.coder_tool.database import Store
    from nlp_pipeline.apps.coder_tool.tool import Settings, Tool

DATABASE = "coder_tool.db"
BACKLOG = 256  # browsers that may wait to be let in
_INSTALL = "Install unitwise with the extra: pip install 'unitwise[serve]'."
FIRST_ROLES = ("coder", "lead", "admin")


@dataclass(frozen=True, slots=True)
class ServeOrder:
    """What was asked for on the command line."""

    host: str
    port: int
    database: str | None
    data: Path | None
    queues: Sequence[Path]
    tls: tuple[Path | None, Path | None]
    openid: Path | None
    new_link: str | None
    model: Path | None
    reader: ReaderName


def serve(order: ServeOrder) -> int:
    """Serve the coder tool until it is stopped."""
    try:
        import uvicorn

        from nlp_pipeline.apps.coder_tool.server import create_app
    except ModuleNotFoundError as missing:
        raise ServeRefused(_lacks(missing), _INSTALL) from None
    settings = _settings(order)
    store = open_store(order.database, order.data)
    if order.new_link:
        print(_link(settings, store, order.new_link))
        return 0
    tool = _tool(settings, store)
    tool.coding.recover()
    for queue in order.queues:
        _take_in(tool, queue)
    cert, key = settings.tls or (None, None)
    config = uvicorn.Config(
        create_app(tool),
        log_level="warning",
        access_log=False,
        server_header=False,
        ssl_certfile=cert,
        ssl_keyfile=key,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
    with _listening(order.host, order.port) as listening:
        _tell(tool)
        with suppress(KeyboardInterrupt):  # Ctrl-C is how it is meant to end
            uvicorn.Server(config).run(sockets=[listening])
    return 0


def verify_log(database: str | None, data: Path | None, head: str | None, *, as_json: bool) -> int:
    """Verify the audit log, and say what was found."""
    from nlp_pipeline.apps.coder_tool.audit_log import verify
    from nlp_pipeline.apps.coder_tool.database import Store

    folder = data or own_folder()
    store = Store.reach(database or _default(folder), folder)
    with store.snapshot() as tx:
        found = verify(tx.session, store.keys, store.head_file, head)
    if as_json:
        print(json.dumps({"lines": found.lines, "head": found.head, "breaches": found.breaches}))
        return 1 if found.breaches else 0
    for breach in found.breaches:
        print(f"unitwise log: {breach}", file=sys.stderr)
    broken = len(found.breaches)
    words = f"{broken} thing{'s are' if broken > 1 else ' is'} not as written" if broken else "every line and every decision is as it was written"
    print(f"{found.lines} lines: {words}; last seal {found.head}")
    return 1 if found.breaches else 0


def _settings(order: ServeOrder) -> "Settings":
    from nlp_pipeline.apps.coder_tool.tool import LOCAL, Settings

    cert, key = order.tls
    if (cert is None) != (key is None):
        raise ServeRefused("of --tls-cert and --tls-key only one is given", "Give both.")
    for path in (cert, key):
        if path is not None and not path.is_file():
            raise ServeRefused(f"there is no file {path}", "Check the path of the certificate and of its key.")
    if order.host not in LOCAL and cert is None:
        raise ServeRefused(f"on {order.host} others could listen to what goes over the wire", "Give --tls-cert and --tls-key, or leave --host away.")
    tls = (cert, key) if cert and key else None
    if order.openid is None:
        return Settings(order.host, order.port, tls, order.model, order.reader)
    from nlp_pipeline.apps.coder_tool.openid import OpenIdSettings

    return Settings(order.host, order.port, tls, order.model, order.reader, OpenIdSettings.read(order.openid))


def _listening(host: str, port: int) -> socket.socket:
    """Take the port, or say why not."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server((host, port), family=found[0], backlog=BACKLOG)
    except OSError as trouble:
        raise ServeRefused(f"port {port} of {host} cannot be listened on ({trouble.strerror})", "Name another with --port.") from None


def _tool(settings: "Settings", store: "Store") -> "Tool":
    from nlp_pipeline.apps.coder_tool.coding_process import CodingProcess
    from nlp_pipeline.apps.coder_tool.coding_queue import CodingQueue
    from nlp_pipeline.apps.coder_tool.rates import Rates
    from nlp_pipeline.apps.coder_tool.tool import Tool
    from nlp_pipeline.rule_layer import RuleLayer

    return Tool(settings, store, CodingQueue(store, CodingProcess(settings.model, settings.reader)), Rates(), RuleLayer.load())


def open_store(database: str | None, data: Path | None, *, make: bool = True) -> "Store":
    """Open the coder tool's database, its tables brought up to date; where none is named, the one in the folder of the user's data.

    One that is not there is made, if `make` says so.
    """
    try:
        from nlp_pipeline.apps.coder_tool.database import Store
        from nlp_pipeline.apps.coder_tool.migrating import upgrade
    except ModuleNotFoundError as missing:
        raise ServeRefused(_lacks(missing), _INSTALL) from None
    folder = data or own_folder()
    store = Store.reach(database or _default(folder), folder, make=make)
    upgrade(store.engine)
    return store


def _lacks(missing: ModuleNotFoundError) -> str:
    return f"the coder tool needs {missing.name}, which is not installed"


def _default(folder: Path) -> str:
    return f"sqlite:///{(folder / DATABASE).absolute()}"


def _take_in(tool: "Tool", folder: Path) -> None:
    from nlp_pipeline.apps.coder_tool.intake_queue import add_review_run

    add_review_run(tool.coding, folder)


def _link(settings: "Settings", store: "Store", name: str) -> str:
    """Make a link for someone who has lost the password or the second factor."""
    from nlp_pipeline.apps.coder_tool import accounts

    with store.write() as tx:
        user = accounts.named(tx, name)
        if user is None:
            raise ServeRefused(f"there is no account {name!r}", "Check the name on the page People.")
        return f"{settings.address}/set-up/{accounts.invite(tx, None, user.roles.split(), user)}"


def _tell(tool: "Tool") -> None:
    """Say where the tool is, and how the first account is made."""
    from nlp_pipeline.apps.coder_tool import accounts

    address = tool.settings.address
    with tool.store.write() as tx:
        token = None if accounts.anyone(tx) else accounts.invite(tx, None, FIRST_ROLES)
    if token:
        print(f"There is no account yet. Make the first one here; the link works once, for a day:\n  {address}/set-up/{token}")
    print(f"The coder tool is at {address} (stop it with Ctrl-C).", flush=True)
