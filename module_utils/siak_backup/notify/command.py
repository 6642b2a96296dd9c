# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a program of the office and gives it the message on its standard input, UTF-8."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import NotifyError, NotifyRefusedError

if TYPE_CHECKING:
    from .message import Message

#: Of the limit, left for ending what does not end by itself.
_MARGIN_S = 0.5
_LEAST_S = 0.1


@dataclass(frozen=True)
class Command:
    """A channel. `argv` is a program's absolute path and its arguments; no shell reads them."""

    name: str
    argv: tuple[str, ...]

    def why_not(self, message: Message) -> str:  # noqa: ARG002
        """Every message is given."""
        return ""

    def deliver(self, message: Message, limit_s: float) -> None:
        """Run the program until it ends; it must end with code 0.

        It sees the message, PATH, HOME and LANG, and nothing of this process' environment, which may hold secrets. At
        the limit it is killed with everything in its process group.

        Raises:
            NotifyRefusedError: it cannot be started.
            NotifyError: it failed or did not end.
        """
        try:
            process = subprocess.Popen(  # noqa: S603 - a list from the inventory, never a shell
                self.argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise NotifyRefusedError(
                f"perintah tidak dapat dijalankan, {error.strerror}", where=self.argv[0], remedy="periksa alamatnya"
            ) from None
        try:
            process.communicate(message.text.encode(), timeout=max(limit_s - _MARGIN_S, _LEAST_S))
        except subprocess.TimeoutExpired:
            raise NotifyError("perintah tidak selesai", where=self.argv[0], remedy="periksa programnya") from None
        finally:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if process.returncode != 0:
            raise NotifyError(
                f"perintah berakhir dengan kode {process.returncode}", where=self.argv[0], remedy="periksa programnya"
            )


def _environment() -> dict[str, str]:
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": pwd.getpwuid(os.getuid()).pw_dir,
    }
