# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast the driver reads a BFILE from the rehearsal server, beside what loopback itself can do.

    python bench/bfile_read.py [--rounds 8] [--size-mib 500] [--amount-kib 1024] [--sdu 65536]

Prints MB/s of both (10^6 bytes) and their ratio; the aim is a quarter. Each figure is the best of
rounds that alternate, since other work on the machine can only slow them; one round more warms up.
Both servers are processes of their own. The file is sparse and removed afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import oracledb

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rehearsal.engine import BACKUP_DIRECTORY, BACKUP_USER, DatabaseSpec, open_engine  # noqa: E402
from rehearsal.listener import serve  # noqa: E402

MIB = 1024 * 1024
SERVICE = "BENCH"
PASSWORD = "of-a-database-that-lives-for-seconds"  # noqa: S105
FILE_NAME = "bench.dmp"
TARGET = 0.25


@contextmanager
def server(target: Callable[..., None], *args: object) -> Iterator[int]:
    """Run a server in a process of its own; gives its port."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, *args))
    process.start()
    theirs.close()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join(10)


def serve_file(announce: Connection, folder: Path, size: int) -> None:
    """Serve a database of ten residents whose backup directory holds a file of `size` zeros."""

    async def run() -> None:
        engine = open_engine(folder, [DatabaseSpec(SERVICE, residents=10, password=PASSWORD)])
        with (folder / SERVICE / "dpdump" / FILE_NAME).open("wb") as sparse:
            sparse.truncate(size)
        listener = await serve(engine)
        announce.send(listener.port)
        await listener.serve_forever()

    asyncio.run(run())


def serve_zeros(announce: Connection, size: int) -> None:
    """Send `size` zeros to whoever connects, as fast as a socket takes them."""
    chunk = bytes(MIB)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        announce.send(listening.getsockname()[1])
        while True:
            with listening.accept()[0] as sock:
                for _ in range(size // MIB):
                    sock.sendall(chunk)


def read_socket(port: int, size: int) -> float:
    """Return the bytes per second at which `size` bytes arrive on a plain socket."""
    buffer = bytearray(MIB)
    with socket.create_connection(("127.0.0.1", port)) as sock:
        began = time.perf_counter()
        left = size
        while left:
            left -= sock.recv_into(buffer)
        return size / (time.perf_counter() - began)


def read_bfile(port: int, size: int, amount: int, sdu: int) -> float:
    """Return the bytes per second at which an opened BFILE of `size` bytes is read, `amount` at a time."""
    address = {"host": "127.0.0.1", "port": port, "service_name": SERVICE, "sdu": sdu}
    with oracledb.connect(user=BACKUP_USER, password=PASSWORD, **address) as connection, connection.cursor() as cursor:
        (lob,) = cursor.execute("select bfilename(:1, :2) from dual", [BACKUP_DIRECTORY, FILE_NAME]).fetchone()
        lob.open()
        began = time.perf_counter()
        received = sum(len(lob.read(offset, amount)) for offset in range(1, size + 1, amount))
        took = time.perf_counter() - began
    if received != size:
        raise SystemExit(f"{received} bytes of {size} arrived")
    return size / took


def show(label: str, rates: list[float]) -> None:
    """Print the best rate and all of them, in MB/s."""
    each = ", ".join(f"{rate / 1e6:.0f}" for rate in rates)
    print(f"{label:20} {max(rates) / 1e6:8.0f} MB/s   of {each}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--size-mib", type=int, default=500)
    parser.add_argument("--amount-kib", type=int, default=1024)
    parser.add_argument("--sdu", type=int, default=65536)
    options = parser.parse_args()
    size, amount = options.size_mib * MIB, options.amount_kib * 1024
    raw, bfile = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        server(serve_zeros, size) as zeros,
        server(serve_file, Path(folder), size) as listener,
    ):
        read_bfile(listener, size, amount, options.sdu)
        for _ in range(options.rounds):
            raw.append(read_socket(zeros, size))
            bfile.append(read_bfile(listener, size, amount, options.sdu))
    show("raw loopback socket", raw)
    show("BFILE read", bfile)
    print(f"{'ratio':20} {max(bfile) / max(raw):8.2f}        aim {TARGET}")


if __name__ == "__main__":
    main()
