# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m siak_backup.agenda verify PATH...`: is the journal whole, and if not, where is it not?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import AgendaError
from .chain import verify, verify_file
from .journal import JournalFile, journal_dir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .chain import Problem


def main(arguments: Sequence[str]) -> int:
    """Run the command line; return 0 only when every journal given is whole."""
    parser = argparse.ArgumentParser(prog="python -m siak_backup.agenda", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("verify", help="check the hash chain of journals")
    check.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="an agenda folder, its journal/, or one file of it"
    )
    return max(_verify(path) for path in parser.parse_args(arguments).paths)


def _verify(path: Path) -> int:
    try:
        problems = _problems(path)
    except AgendaError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    sys.stdout.write(f"{path}: {f'{len(problems)} masalah' if problems else 'utuh'}\n")
    return 1 if problems else 0


def _problems(path: Path) -> list[Problem]:
    if path.is_file():
        # Whatever its name: a damaged file that was set aside as evidence is worth a look too.
        return verify_file(JournalFile(path, "", "", path.stat().st_size), None)
    return verify(journal_dir(path) if journal_dir(path).is_dir() else path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
