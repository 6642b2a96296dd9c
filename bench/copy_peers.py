# SPDX-License-Identifier: GPL-3.0-or-later
"""The cases of copy_media.py: the disk's limit, our copy in its forms, and what people use instead."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyrage

BENCH = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
#: Nobody keeps the private key: what is encrypted here is only measured.
RECIPIENT = str(pyrage.x25519.Identity.generate().to_public())

#: A program to run, or something that takes no program: to drop what is written from the page cache.
Step = tuple[str, ...] | Callable[[], None]


@dataclass(frozen=True)
class Place:
    """Where a case works: the file, its dated folder, the target's folder (empty), another, and a password's file."""

    source: Path
    night: Path
    target: Path
    second: Path
    key: Path

    @property
    def environment(self) -> dict[str, str]:
        """What programs keep for themselves goes below the work folder too."""
        home = str(self.target / "home")
        return os.environ | {
            "HOME": home, "BORG_BASE_DIR": home, "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
            "RESTIC_PASSWORD_FILE": str(self.key), "RCLONE_CONFIG": str(self.target / "rclone.conf"),
            "ANSIBLE_HOME": home, "ANSIBLE_LOCAL_TEMP": home, "ANSIBLE_REMOTE_TEMP": home,
            "ANSIBLE_CONFIG": f"{home}/ansible.cfg",
            "PYTHONPATH": str(BENCH.parent / "module_utils"),
        }  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A case: its name, its steps, the programs it needs, the factor asked of it, and what comes before the clock."""

    name: str
    steps: Callable[[Place], list[Step]]
    programs: tuple[str, ...] = ()
    asked: float = 0.0
    prepare: Callable[[Place], list[Step]] = lambda _: []
    #: Says by the outputs of the steps whether the copy is equal, where the exit status does not.
    equal: Callable[[list[str]], bool] = lambda _: True
    ours: bool = False
    plain: bool = False

    def missing(self) -> str:
        """Return why it cannot run, or nothing."""
        absent = [program for program in self.programs if not shutil.which(program)]
        return f"not installed: {', '.join(absent)}" if absent else ""


def files_below(path: Path) -> Iterator[Path]:
    """Yield regular files."""
    yield from (each for each in path.rglob("*") if each.is_file() and not each.is_symlink())


def drop(path: Path) -> None:
    """Let the page cache forget the files of a folder; dirty pages would stay, so they are written first."""
    for each in files_below(path):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def _limit(place: Place) -> list[Step]:
    copy = f"{place.target / 'copy'}"
    return [
        ("dd", f"if={place.source}", f"of={copy}", "bs=8M", "oflag=direct", "conv=fsync", "status=none"),
        ("dd", f"if={copy}", "of=/dev/null", "bs=8M", "iflag=direct", "status=none"),
    ]


def _ours(*options: str, two: bool = False) -> Callable[[Place], list[Step]]:
    def steps(place: Place) -> list[Step]:
        media = [place.target / "medium", *([place.second / "medium"] if two else [])]
        return [(sys.executable, str(BENCH / "copy_ours.py"), *options, str(place.night), *map(str, media))]

    return steps


def _checked(copy: tuple[str, ...], check: Callable[[Place, str], list[Step]]) -> Callable[[Place], list[Step]]:
    """Copy, write out, drop, check; `{source}`, `{night}` and `{target}` stand for the paths."""

    def steps(place: Place) -> list[Step]:
        target = str(place.target / "copy")
        filled = tuple(part.format(source=place.source, night=place.night, target=target) for part in copy)
        return [filled, ("sync", "-f", str(place.target)), lambda: drop(place.target), *check(place, target)]

    return steps


def _one_sum(outputs: list[str]) -> bool:
    return outputs[-1].split()[-1] == outputs[-2].split()[-1]


def _ansible(place: Place) -> list[Step]:
    arguments = f"src={place.source} dest={place.target / 'copy'} remote_src=true"
    python = f"ansible_python_interpreter={sys.executable}"
    return [
        (
            *(str(BIN / "ansible"), "localhost", "-i", "localhost,", "-c", "local", "-e", python),
            *("-m", "ansible.builtin.copy", "-a", arguments),
        )
    ]


CASES = (
    Case("limit", _limit),
    Case("verified copy", _ours(), ours=True, plain=True),
    Case("verified copy, blake3", _ours("--digest", "blake3"), ours=True, plain=True),
    Case("two destinations", _ours(two=True), ours=True, plain=True),
    Case("encrypted", _ours("--recipient", RECIPIENT), ours=True),
    Case("compressed", _ours("--compress"), ours=True),
    Case("compressed and encrypted", _ours("--compress", "--recipient", RECIPIENT), ours=True),
    Case(
        "age + fsync",
        lambda p: [("age", "-r", RECIPIENT, "-o", f"{p.target}/c", str(p.source)), ("sync", f"{p.target}/c")],
        ("age",),
    ),
    Case(
        "zstd -1 -T0 + fsync",
        lambda p: [("zstd", "-1", "-T0", "-q", "-o", f"{p.target}/c", str(p.source)), ("sync", f"{p.target}/c")],
        ("zstd",),
    ),
    Case(
        "cp + sync + openssl",
        _checked(
            ("cp", "{source}", "{target}"),
            lambda p, target: [("openssl", "dgst", "-sha256", name) for name in (str(p.source), target)],
        ),
        ("openssl",), 1.7, equal=_one_sum,
    ),
    Case(
        "rsync -ac + rsync -acn",
        _checked(
            ("rsync", "-ac", "--fsync", "{source}", "{target}"),
            lambda p, target: [("rsync", "-acn", "--itemize-changes", str(p.source), target)],
        ),
        ("rsync",), 1.7, equal=lambda outputs: not outputs[-1].strip(),
    ),
    Case("ansible.builtin.copy", _ansible, (), 2.5),
    Case(
        "rclone copy + check",
        _checked(
            ("rclone", "copy", "--checksum", "{night}", "{target}"),
            lambda p, target: [("rclone", "check", str(p.night), target)],
        ),
        ("rclone",), 3.0,
    ),
    Case(
        "borg create + check",
        _checked(
            ("borg", "create", "{target}::night", "{source}"),
            lambda _, target: [("borg", "check", "--verify-data", target)],
        ),
        ("borg",), 4.5, prepare=lambda p: [("borg", "init", "-e", "none", f"{p.target}/copy")],
    ),
    Case(
        "restic backup + check",
        _checked(
            ("restic", "--no-cache", "-r", "{target}", "backup", "{source}"),
            lambda _, target: [("restic", "--no-cache", "-r", target, "check", "--read-data")],
        ),
        ("restic",), 6.0, prepare=lambda p: [("restic", "--no-cache", "-r", f"{p.target}/copy", "init")],
    ),
)  # fmt: skip
