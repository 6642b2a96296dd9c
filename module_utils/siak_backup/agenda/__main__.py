# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal proven by hand: is it whole, and if not, where is it not? Which line is its newest?

`verify PATH...` ends with 0 only when every journal given is whole. What a
chain cannot show, that its newest lines were cut off or changed, or that all
of it was written anew, `--heads` shows: each signed head must still be in it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import AgendaError, SiakError
from . import heads, signing
from .chain import Problem, verify, verify_file
from .journal import JournalFile, foreign_names, journal_dir

if TYPE_CHECKING:
    from collections.abc import Sequence

#: More would scroll the first one, which is the one that matters, out of sight.
_MOST_TOLD = 50


def main(arguments: Sequence[str]) -> int:
    """Run the command line; return 0 only when everything given is whole and every head is in its chain."""
    parser = argparse.ArgumentParser(
        prog="python -m siak_backup.agenda", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("verify", help="check the hash chain of journals")
    check.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="an agenda folder, its journal/, or one file of it"
    )
    check.add_argument("--heads", type=Path, metavar="DIR", help="signed heads that must still be in the journal")
    check.add_argument("--allowed-signers", type=Path, metavar="FILE", help="who may sign heads, as ssh-keygen(1) says")
    head = commands.add_parser("head", help="tell the newest sound line of each node")
    head.add_argument("path", type=Path, metavar="PATH", help="an agenda folder")
    head.add_argument("--sign", type=Path, metavar="KEYFILE", help="also sign it, into <agenda>/heads/")
    options = parser.parse_args(arguments)
    if options.command == "head":
        return _head(options.path, options.sign)
    if (options.heads is None) != (options.allowed_signers is None):
        parser.error("--heads and --allowed-signers belong together")
    results = [_verify(path) for path in options.paths]
    if options.heads is not None:
        results += [_verify_heads(path, options.heads, options.allowed_signers) for path in options.paths]
    return max(results)


def _verify(path: Path) -> int:
    try:
        problems = _problems(path)
        for problem in problems[:_MOST_TOLD]:
            _say(str(problem))
        if len(problems) > _MOST_TOLD:
            _say(f"{path}: dan {len(problems) - _MOST_TOLD} masalah lain")
        for remark in _remarks(path):
            _say(f"catatan: {remark}")
    except (AgendaError, OSError) as error:
        _say(str(error))
        return 1
    _say(f"{path}: {f'{len(problems)} masalah' if problems else 'utuh'}")
    return 1 if problems else 0


def _problems(path: Path) -> list[Problem]:
    if not path.is_file():
        return verify(_journal(path))
    # Whatever its name: a damaged file that was set aside as evidence is worth a look too.
    real = path.resolve()
    size_bytes = real.stat().st_size
    if size_bytes == 0:
        return [Problem(path, 1, "berkas kosong")]
    return verify_file(JournalFile(real, "", "", size_bytes), None)


def _remarks(path: Path) -> list[str]:
    if path.is_file():
        return ["hanya berkas ini yang diperiksa, bukan sambungannya dengan bulan lain"]
    return [
        *(f"{name} bukan berkas jurnal dan tidak diperiksa" for name in foreign_names(_journal(path))),
        *(f"kepala {head}" for head in heads.newest_in(_journal(path))),
        "baris terbaru yang dipotong atau diubah hanya tampak dari kepala yang disimpan di tempat lain (--heads)",
    ]


def _verify_heads(path: Path, folder: Path, allowed_signers: Path) -> int:
    found = sorted(folder.glob("*.txt")) if folder.is_dir() else []
    if not found:
        _say(f"{folder}: tidak ada kepala")
        return 1
    lost = 0
    for each in found:
        try:
            signed = signing.verified(each, allowed_signers)
            heads.demand(_journal(path), signed.head)
            _say(f"{each.name}: ada dalam jurnal, ditandatangani {signed.signer}")
        except SiakError as error:
            lost += 1
            _say(str(error))
    _say(f"{path}: {len(found)} kepala, {f'{lost} tidak terbukti' if lost else 'semua terbukti'}")
    return 1 if lost else 0


def _head(path: Path, key: Path | None) -> int:
    try:
        found = heads.newest(path)
        for head in found:
            _say(str(head))
            if key is not None:
                _say(str(signing.sign(path, head, key)))
    except SiakError as error:
        _say(str(error))
        return 1
    if not found:
        _say(f"{path}: jurnal tidak berisi baris yang utuh")
    return 0 if found else 1


def _journal(path: Path) -> Path:
    return journal_dir(path) if journal_dir(path).is_dir() else path


def _say(sentence: str) -> None:
    # What is told may be a hostile file's name.
    sys.stdout.write("".join(letter if letter.isprintable() else "?" for letter in sentence) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
