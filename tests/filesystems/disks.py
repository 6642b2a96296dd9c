# SPDX-License-Identifier: GPL-3.0-or-later
"""The decorator that gives a test real disks, and where they are kept while it runs."""

from __future__ import annotations

import functools
import inspect
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.filesystems.disk import Disk, command
from tests.filesystems.kinds import Kind
from tests.filesystems.namespace import Outcome, run_apart

_LIMIT_S = 100.0  # below the 120 s of pyproject.toml: the harness, not pytest-timeout, says what was slow


@dataclass
class Disks:
    """What the test gets: the kind it runs on this time, and a maker of disks below `folder`."""

    kind: Kind
    folder: Path
    ran_on: list[str] = field(default_factory=list)
    made: list[Disk] = field(default_factory=list)

    def make(
        self,
        kind: Kind | None = None,
        *,
        size_bytes: int | None = None,
        label: str = "",
        uuid: str = "",
        holds_bytes: int | None = None,
    ) -> Disk:
        """Format a disk and mount it nowhere yet; the image is sparse, so size costs only what is written.

        `holds_bytes`: the disk claims `size_bytes`, as a false flash disk does, but its image lies on a tmpfs of that
        many bytes: what the device cannot keep is an I/O error, found when the kernel writes it back.
        """
        kind = kind or self.kind
        if reason := kind.missing():
            pytest.skip(reason)
        image = self.folder / "images" / f"{len(self.made)}.{kind}"
        if holds_bytes is not None:
            image = self.folder / "images" / f"{len(self.made)}.room" / image.name
            image.parent.mkdir(parents=True)
            command(["mount", "-t", "tmpfs", "-o", f"size={holds_bytes}", "tmpfs", str(image.parent)])
        image.parent.mkdir(exist_ok=True)
        with image.open("xb") as stream:
            stream.truncate(size_bytes or kind.size_bytes)
        for each in kind.make(image, label, uuid):
            command(each)
        disk = Disk(kind, image, self.ran_on)
        self.made.append(disk)
        return disk

    def insert(self, name: str = "disk", kind: Kind | None = None, *, options: str = "", **making: object) -> Disk:
        """Make a disk (see `make`) and mount it at `folder/name`."""
        disk = self.make(kind, **making)  # type: ignore[arg-type]
        (self.folder / name).mkdir(exist_ok=True)
        disk.mount(self.folder / name, options)
        return disk

    def end(self) -> None:
        """Unmount what is mounted; daemons are killed, so that none is waited for."""
        for disk in reversed(self.made):
            disk.end()


def with_disks(*kinds: Kind, limit_s: float = _LIMIT_S) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run the test once for each kind, in a process with its own mounts, with `disks` for its disks.

    The test takes `tmp_path` and `disks`, and any fixture or parameter it likes; pytest sees the rest as they are. It
    skips with the exact reason where a program, a device or a permission is missing. What it ran on is printed and
    recorded as the property `ran_on`.
    """

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def apart(file_system: Kind, tmp_path: Path, record_property: Callable[..., None], **fixtures: object) -> None:
            if reason := file_system.missing():
                pytest.skip(reason)
            disks = Disks(file_system, tmp_path)

            def act() -> None:
                try:
                    test(tmp_path=tmp_path, disks=disks, **fixtures)
                finally:
                    disks.end()

            with _nothing_left(tmp_path / "images"):
                outcome = run_apart(act, disks.ran_on, limit_s)
            _report(outcome, record_property)

        taken = dict(inspect.signature(test).parameters)
        del taken["disks"]
        for name in ("tmp_path", "file_system", "record_property"):
            taken.setdefault(name, inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD))
        del apart.__wrapped__  # type: ignore[attr-defined]
        apart.__signature__ = inspect.Signature(list(taken.values()))  # type: ignore[attr-defined]
        return pytest.mark.parametrize("file_system", kinds, ids=str)(apart)

    return decorate


def _report(outcome: Outcome, record_property: Callable[..., None]) -> None:
    record_property("ran_on", "; ".join(outcome.notes))
    if outcome.verdict == "skipped":
        pytest.skip(outcome.text)
    if outcome.verdict == "failed":
        pytest.fail(outcome.text, pytrace=False)


@contextmanager
def _nothing_left(images: Path) -> Iterator[None]:
    """Free the loop devices and the room of the images, even of a test whose process was killed."""
    try:
        yield
    finally:
        deadline = time.monotonic() + 5
        while (left := attached(images)) and time.monotonic() < deadline:
            subprocess.run(["losetup", "--detach", *left], check=False, capture_output=True, timeout=5)
            time.sleep(0.02)
        shutil.rmtree(images, ignore_errors=True)


def attached(images: Path) -> list[str]:
    """Return the loop devices whose image lies below the folder."""
    found = []
    for backing in Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            if backing.read_text().startswith(f"{images}/"):
                found.append(f"/dev/{backing.parts[3]}")
        except OSError:
            continue  # detached while we looked
    return found
