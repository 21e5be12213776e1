"""How much of a processor the coder tool's store takes: a transaction with its line in the log, and the verification of the whole log."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from nlp_pipeline.apps.coder_tool.audit_log import verify
from nlp_pipeline.apps.coder_tool.database import Store


def main() -> None:
    """Write transactions, verify the log, and print seconds of one processor and rates."""
    command = argparse.ArgumentParser(description=__doc__)
    command.add_argument("--lines", type=int, default=5000, help="transactions to write (default: 5000)")
    command.add_argument("--database", help="a database other than a new SQLite file; it must be empty")
    order = command.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(order.database or f"sqlite:///{folder}/log.db", Path(folder))
        began, clock = time.process_time(), time.perf_counter()
        for number in range(order.lines):
            with store.write() as tx:
                tx.log("visit.viewed", None, "0123456789abcdef", {"version": number, "blind": False})
        written, waited = time.process_time() - began, time.perf_counter() - clock
        began = time.process_time()
        with store.snapshot() as tx:
            found = verify(tx.session, store.keys, store.head_file)
        verified = time.process_time() - began
        store.engine.dispose()
    if found.breaches:
        sys.exit(f"the log is not as it was written: {found.breaches}")
    print(f"{order.lines} transactions: {1000 * written / order.lines:.2f} ms of a processor each, {1000 * waited / order.lines:.2f} ms until it was kept")
    print(f"{found.lines} lines verified: {found.lines / verified:,.0f} a second of one processor")


if __name__ == "__main__":
    main()
