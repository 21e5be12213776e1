"""What `unitwise serve` and `unitwise log` take."""

import argparse
from pathlib import Path
from typing import Any

LAST_PORT = 2**16 - 1
DATABASE_WORDS = "the database: a file as sqlite:////path/to/file.db, or postgresql://user@host/name (default: a file in the folder of your data)"
DATA_WORDS = "the folder of the key and of the default database (default: UNITWISE_DATA, or where this system keeps a user's data)"


def add_serve(commands: "argparse._SubParsersAction[Any]") -> None:
    """Describe `unitwise serve`."""
    words = "open the coder tool: a page in the browser where a coder decides visit after visit"
    command = commands.add_parser("serve", help=words, description=words.capitalize() + ".", allow_abbrev=False)
    command.add_argument("--host", default="127.0.0.1", metavar="HOST", help="where to listen (default: 127.0.0.1; any other needs --tls-cert and --tls-key)")
    command.add_argument("--port", type=_port, default=8765, metavar="PORT", help="the port (default: 8765)")
    command.add_argument("--database", metavar="URL", help=DATABASE_WORDS)
    command.add_argument("--data", type=Path, metavar="DIR", help=DATA_WORDS)
    command.add_argument("--queue", type=Path, action="append", default=[], metavar="DIR", help="take in the visits of this review run; may be repeated")
    command.add_argument("--tls-cert", type=Path, metavar="FILE", help="the certificate (PEM)")
    command.add_argument("--tls-key", type=Path, metavar="FILE", help="the certificate's key (PEM)")
    command.add_argument("--openid", type=Path, metavar="FILE", help="sign in with OpenID Connect as this TOML file says")
    command.add_argument("--new-link", metavar="NAME", help="print a one-time link to set a password and second factor anew, and leave")
    command.add_argument("--model", type=Path, metavar="DIR", help="a model pack other than the one shipped")
    command.add_argument("--reader", choices=("careful", "fast"), default="careful", help="who reads: careful (default) or fast")
    command.set_defaults(run=_serve)


def add_log(commands: "argparse._SubParsersAction[Any]") -> None:
    """Describe `unitwise log`."""
    words = "check the coder tool's audit log"
    log = commands.add_parser("log", help=words, description=words.capitalize() + ".", allow_abbrev=False)
    kinds = log.add_subparsers(title="what to do", metavar="WHAT", required=True)
    told = "walk along the log and say whether every line and every decision is as it was written; ends with 1 if not"
    command = kinds.add_parser("verify", help=told, description=told.capitalize() + ".", allow_abbrev=False)
    command.add_argument("--database", metavar="URL", help=DATABASE_WORDS)
    command.add_argument("--data", type=Path, metavar="DIR", help=DATA_WORDS)
    command.add_argument("--head", metavar="SEAL", help="a last seal that was noted before; it must still be in the log")
    command.add_argument("--json", action="store_true", help="print what was found as JSON")
    command.set_defaults(run=_verify)


def _port(written: str) -> int:
    if not written.isascii() or not written.isdigit() or not 0 < int(written) <= LAST_PORT:
        raise argparse.ArgumentTypeError(f"{written!r} is not a port; one has a number from 1 to {LAST_PORT}")
    return int(written)


def _serve(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.serving import ServeOrder, serve

    tls = (order.tls_cert, order.tls_key)
    return serve(
        ServeOrder(
            host=order.host,
            port=order.port,
            database=order.database,
            data=order.data,
            queues=order.queue,
            tls=tls,
            openid=order.openid,
            new_link=order.new_link,
            model=order.model,
            reader=order.reader,
        )
    )


def _verify(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.serving import verify_log

    return verify_log(order.database, order.data, order.head, as_json=order.json)
