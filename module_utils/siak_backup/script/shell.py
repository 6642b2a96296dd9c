# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam to a server's operating system: command texts, and the lines that they print.

A `Shell` builds texts and runs nothing. Whatever shell a text is for, it prints the same lines, so that one reader
(`replies.py`) serves all:

    SIAK <word> <value>

`<word>` is lower-case letters, `<value>` is the rest of the line and may be empty or hold spaces. Line ends may be LF
or CRLF, and blanks at a line's end do not count. Other lines (banners, profiles that talk) are passed over. The last
line is `SIAK end`: without it an answer was cut, and nothing in it counts. Every text below prints it when it came to
its end, also when it could not do what it should: that is told by the lines it prints, never by an exit code, which
some connections lose. Times are whole seconds since 1970-01-01 UTC by the server's own clock, sizes are bytes, both
plain decimal digits. A name or path that is not printable ASCII is never printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Before every line that counts.
MARK = "SIAK"

#: What a job's folder is called in the work folder: this, and the id of its run.
HOME_PREFIX = "siak-"


@dataclass(frozen=True)
class Job:
    """One run of the site's script. Paths are the server's, absolute, without control characters.

    `home` is the job's own folder, `<work_dir>/siak-<run id>`, in which it keeps its state: what we put there,
    `output.txt` (what the script says, both streams) and, once all of it has ended, `rc`. `folder` is the server's
    backup folder, and the script's current folder. `fingerprint` (hex digits) tells what is run: a job of another
    run is finished only if its own is the same. `charset` is for NLS_LANG. The limit is enforced on the server, too.
    """

    run_id: str
    home: str
    script: str
    arguments: tuple[str, ...]
    folder: str
    charset: str
    time_limit_s: int
    fingerprint: str


class Shell(Protocol):
    """Builds command texts for one kind of shell. Each is given to the connection as it is returned.

    Every argument reaches the script as it stands, whatever characters it holds, or building the text raises
    ConfigError: so a path or argument that cannot be quoted safely is refused before anything runs.
    """

    def join(self, folder: str, name: str) -> str:
        """Return the path of `name` in `folder`."""
        ...

    def receive(self, path: str) -> str | None:
        """Return a command that writes its standard input to `path`, whole or not at all; None: use the file transfer.

        Prints `written` if the file is there.
        """
        ...

    def look(self, script: str, folder: str, work_dir: str) -> str:
        """Return a command that looks and changes nothing that stays.

        It prints:

        `now <time>`: the server's clock.
        `script ok|absent|refused`: refused if the account may not run it.
        `folder ok|absent|refused`: whether the account may make files in it, proven by making one and removing it.
        `work ok|absent|refused`: the same of the work folder; absent is made by `prepare`.
        `free <bytes>`: free in `folder`, if it can be had.
        `job <run id>`: one line for each job folder in `work_dir`; ask `status` for more.
        `busy <pid>`: one line for each process that runs `script`, of a job of ours or not.
        `seen <name>`: one line for each running program that exports, such as expdp, if it can be seen. Advice only.
        `tool <name>`: one line for each program that starting or stopping needs and the server lacks.
        """
        ...

    def prepare(self, job: Job) -> str:
        """Return a command that makes `job.home`, and the folders above it, for the account alone.

        Prints `made`, or `taken` if it is there already, or `refused`.
        """
        ...

    def files(self, job: Job) -> tuple[tuple[str, bytes], ...]:
        """Return what is to be put into `job.home` before `start`: (path, content)."""
        ...

    def start(self, job: Job) -> str:
        """Return a command that starts the script detached and returns at once.

        It goes on when the connection ends. Its standard input is empty, its environment has
        NLS_LANG=AMERICAN_AMERICA.<charset>, NLS_DATE_FORMAT, and SIAK_RUN_ID=<run id>. `home` holds, from then on and
        written whole, the time of the start by the server's clock, and what tells its processes from any later ones of
        the same number. All that it starts is stopped once `time_limit_s` has passed.

        Prints `started <time>`, or `taken` if this job was started before, or `refused`.
        """
        ...

    def status(self, job: Job) -> str:
        """Return a command that tells how far a job is.

        It prints:

        `now <time>`
        `state running|ended|lost|absent`: running while anything that the script started is alive, whether its own
        process still is or not; ended: all of it ended, and `rc` is known; lost: nothing runs and nobody wrote `rc`
        (the machine was restarted, or somebody killed it); absent: no such job was started.
        `started <time>`, `fingerprint <hex>`: what `start` kept, unless absent.
        `rc <number>`: the script's exit code, if ended; 128 + n where signal n ended it.
        `stopped limit|asked`: if we ended it, and why.
        """
        ...

    def stop(self, job: Job) -> str:
        """Return a command that ends all that the job started, waits up to 30 s, and prints the lines of `status`."""
        ...

    def forget(self, job: Job) -> str:
        """Return a command that removes `job.home` with what we put and wrote there, if nothing of the job runs.

        Prints `removed`, or `kept`.
        """
        ...

    def listing(self, folder: str, patterns: Sequence[str]) -> str:
        """Return a command that lists the regular files of `folder`, not below it, that match one of `patterns`.

        In a pattern `*` and `?` are the shell's. Case counts on POSIX only. It prints:

        `now <time>`
        `file <bytes> <time> <name>`: a line for each file, with the time of its last change; name without its folder.
        `odd`: a line for each file that matches and whose name is not printable ASCII.
        """
        ...

    def digest(self, path: str) -> str:
        """Return a command that prints `sha256 <64 lower-case hex digits>`, or nothing where the server cannot."""
        ...

    def make_folder(self, path: str) -> str:
        """Return a command that makes a folder in one that exists. Prints `made`, `taken` if the name is, `refused`."""
        ...

    def move(self, path: str, folder: str, name: str) -> str:
        """Return a command that gives a file of the same file system the name `name` in `folder`, replacing nothing.

        Prints `moved`, or `taken` if that name is, or `refused`.
        """
        ...
