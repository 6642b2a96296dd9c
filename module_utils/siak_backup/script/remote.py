# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to a server's operating system, and how a line that drops is taken up again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from ..errors import ConnectError
from ..patience import persist
from .replies import Reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..oracle.datapump.timing import Timing
    from .shell import Shell

T = TypeVar("T")


class Remote(Protocol):
    """A connection to one server. All raise ConnectError when it does not answer, LoginError when it refuses."""

    @property
    def streams(self) -> bool:
        """Whether `fetch` writes straight to disk, however large the file is."""
        ...

    def run(self, command: str, stdin: bytes = b"") -> str:
        """Run a command text and return what it printed."""
        ...

    def put(self, content: bytes, path: str) -> None:
        """Write a small file on the server."""
        ...

    def fetch(self, path: str, target: Path) -> None:
        """Bring a file here. Also raises CollectError if the server has none such, or does not let it be read."""
        ...

    def reset(self) -> None:
        """Forget the line, so that the next call opens a new one. Never raises."""
        ...


class Line:
    """A remote and a shell. Every command may be sent a second time, for its answer may be what was lost.

    The pause doubles from one second to thirty, for at most `patience_s`. A refused login is never repeated.
    """

    def __init__(self, remote: Remote, shell: Shell, *, patience_s: float, timing: Timing) -> None:
        self.remote = remote
        self.shell = shell
        self.reconnects = 0
        self._patience_s = patience_s
        self._timing = timing

    def ask(self, command: str) -> Reply:
        """Return the answer to a command text. Raises ConnectError when patience ends, LoginError at once."""
        return self._retry(lambda: Reply.parse(self.remote.run(command)))

    def put(self, content: bytes, path: str) -> None:
        """Write a small file on the server, whole. Raises ConnectError, LoginError."""
        command = self.shell.receive(path)
        if command is None:
            self._retry(lambda: self.remote.put(content, path))
            return
        reply = self._retry(lambda: Reply.parse(self.remote.run(command, content)))
        if not reply.has("written"):
            raise ConnectError(
                "berkas tidak dapat ditulis di server", where=path, remedy="periksa izin folder kerja dan ruang disk"
            )

    def fetch(self, path: str, target: Path) -> None:
        """Bring a file here. Raises ConnectError, LoginError, CollectError."""
        self._retry(lambda: self.remote.fetch(path, target))

    def _retry(self, act: Callable[[], T]) -> T:
        drops = 0

        def drop() -> None:
            nonlocal drops
            drops += 1
            self.remote.reset()

        done = persist(
            act,
            patience_s=self._patience_s,
            monotonic=self._timing.monotonic,
            sleep=self._timing.sleep,
            on_drop=drop,
        )
        self.reconnects += drops > 0
        return done
