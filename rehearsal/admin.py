# SPDX-License-Identifier: GPL-3.0-or-later
"""The Unix socket by which faults are armed in a running server.

One JSON line asks, one JSON line answers: `{"command": "list" | "set" | "clear", "service": NAME or null,
"faults": {NAME: TEXT}}` gives `{"faults": {SERVICE: {NAME: VALUE}}}` or `{"error": SENTENCE}`; the command "jobs" gives
`{"jobs": {SERVICE: {"running": [NAME], "most_at_once": NUMBER}}}`.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LONGEST_LINE_BYTES = 65536
_PATIENCE_S = 5.0


class FaultError(Exception):
    """No such fault, service or value: one sentence for the operator."""


class Board(Protocol):
    """What carries requests out."""

    def execute(self, request: Mapping[str, Any]) -> dict[str, object]:
        """Return the answer to one request; raises FaultError."""
        ...


@contextmanager
def listening(board: Board, path: Path) -> Iterator[None]:
    """Answer requests on the socket `path` from a thread of its own."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        with _short_name(path) as name:
            listener.bind(name)
        path.chmod(0o600)
        listener.listen()
        thread = threading.Thread(target=_answer, args=(board, listener), name="admin", daemon=True)
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            path.unlink(missing_ok=True)


def ask(path: Path, request: Mapping[str, object]) -> dict[str, Any]:
    """Send one request to a running server and return its answer. Raises FaultError, OSError."""
    with socket.socket(socket.AF_UNIX) as connection, _short_name(path) as name:
        connection.settimeout(_PATIENCE_S)
        connection.connect(name)
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as stream:
            answer: dict[str, Any] = json.loads(stream.readline())
    if "error" in answer:
        raise FaultError(answer["error"])
    return answer


def _answer(board: Board, listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # the listener was shut down
            return
        # A client that is silent or has gone is no reason to stop answering others.
        with connection, suppress(OSError):
            connection.settimeout(_PATIENCE_S)
            with connection.makefile("rb") as stream:
                line = stream.readline(_LONGEST_LINE_BYTES)
            try:
                answer = board.execute(_request(line))
            except FaultError as e:
                answer = {"error": str(e)}
            connection.sendall(json.dumps(answer).encode() + b"\n")


def _request(line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except ValueError as e:
        raise FaultError("the request is not JSON") from e
    if not isinstance(request, dict) or not isinstance(request.get("faults", {}), dict):
        raise FaultError("the request is not an object with an object of faults")
    return request


@contextmanager
def _short_name(path: Path) -> Iterator[str]:
    """Give a name of `path` that fits a socket address: those hold 107 bytes, state folders may lie deeper."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
