# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault of the shim arrives in a Python process, by each of the calls that Python makes."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from tests.filesystems.faults import Fault, Shim

WRITES = {
    "write": "os.write(fd, data)",
    "pwrite": "os.pwrite(fd, data, 0)",
    "writev": "os.writev(fd, [data])",
    "pwritev": "os.pwritev(fd, [data], 0)",
    "pwritev2": "os.pwritev(fd, [data], 0, os.RWF_DSYNC)",
}
READS = {
    "read": "os.read(fd, 8192)",
    "pread": "os.pread(fd, 8192, 0)",
    "readinto": "(open(fd, 'rb', 0, closefd=False).readinto(into), bytes(into))[1]",
    "readv": "(os.readv(fd, [into]), bytes(into))[1]",
    "preadv": "(os.preadv(fd, [into], 0), bytes(into))[1]",
    "preadv2": "(os.preadv(fd, [into], 0, 8), bytes(into))[1]",  # 8: RWF_NOWAIT
}
PROGRAM = """
import errno, os, shutil, sys, time
path, data, into = sys.argv[1], b"x" * 8192, bytearray(8192)
fd = os.open(path, os.O_RDWR | os.O_CREAT)
try:
    print(({act}))
except OSError as error:
    print(errno.errorcode[error.errno])
"""


@pytest.fixture
def shim(tmp_path):
    (tmp_path / "medium").mkdir()
    return Shim.built(tmp_path / "shim", tmp_path / "medium")


def start(shim, act, name="sukamara.dmp"):
    command = [sys.executable, "-c", PROGRAM.replace("{act}", act), shim.below / name]
    return subprocess.Popen(
        command, env=shim.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def run(shim, act, name="sukamara.dmp"):
    return start(shim, act, name).communicate(timeout=20)[0].strip()


@pytest.mark.parametrize("call", WRITES)
def test_a_write_stops_at_its_byte(shim, call):
    shim.force(Fault("write", "ENOSPC", 4096))
    assert run(shim, WRITES[call]) == "4096"
    assert run(shim, f"os.lseek(fd, 4096, 0), {WRITES[call].replace(', 0', ', 4096')}") == "ENOSPC"
    assert [line.split()[:3] for line in shim.arrived()] == [["write", "ENOSPC", "4096"]]
    shim.lift()
    assert run(shim, WRITES[call]) == "8192"


@pytest.mark.parametrize("call", READS)
def test_a_read_fails(shim, call):
    (shim.below / "sukamara.dmp").write_bytes(b"x" * 8192)
    shim.force(Fault("read", "EIO"))
    assert run(shim, READS[call]) == "EIO"


@pytest.mark.parametrize("call", READS)
def test_a_read_has_a_bit_flipped(shim, call):
    (shim.below / "sukamara.dmp").write_bytes(b"x" * 8192)
    shim.force(Fault("read", "flip", 5000))
    assert run(shim, f"{READS[call]} == b'x' * 5000 + b'y' + b'x' * 3191") == "True"
    assert len(shim.arrived()) == 1


@pytest.mark.parametrize("act", ["os.fsync(fd)", "os.fdatasync(fd)"])
def test_a_sync_fails(shim, act):
    shim.force(Fault("sync", "EIO"))
    assert run(shim, act) == "EIO"
    shim.force(Fault("sync", "drop"))
    assert run(shim, act) == "None"
    assert len(shim.arrived()) == 2


def test_a_lying_medium_says_it_wrote(shim):
    shim.force(Fault("write", "drop", 8192))
    assert run(shim, "os.write(fd, data), os.write(fd, data), os.lseek(fd, 0, 1)") == "(8192, 8192, 16384)"
    assert (shim.below / "sukamara.dmp").stat().st_size == 8192


def test_a_bit_flipped_on_the_way_leaves_the_buffer(shim):
    shim.force(Fault("write", "flip", 10))
    assert run(shim, "os.write(fd, memoryview(data)), data == b'x' * 8192") == "(8192, True)"
    assert (shim.below / "sukamara.dmp").read_bytes() == b"x" * 10 + b"y" + b"x" * 8181


@pytest.mark.parametrize(("call", "act"), [("write", "os.write(fd, data)"), ("sync", "os.fsync(fd)"),
                                           ("read", "os.read(fd, 1)")])  # fmt: skip
def test_a_running_process_hangs_until_the_fault_is_lifted(shim, call, act):
    shim.force(Fault(call, "hang", seconds=60))
    process = start(shim, act)
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=0.5)
    assert len(shim.arrived()) == 1
    shim.lift()
    process.communicate(timeout=5)
    assert process.returncode == 0


def test_a_running_process_is_struck_at_a_chosen_moment(shim):
    process = start(shim, "[time.sleep(0.01) for _ in iter(lambda: os.write(fd, data), 0)]")
    time.sleep(0.3)
    assert process.poll() is None
    shim.force(Fault("write", "EIO"))
    assert process.communicate(timeout=5)[0].strip() == "EIO"


def test_other_files_are_left_alone(shim, tmp_path):
    shim.force(Fault("write", "EIO", pattern="*.part"))
    assert run(shim, "os.write(fd, data)") == "8192"
    assert run(shim, "os.write(fd, data)", "sukamara.dmp.part") == "EIO"
    assert run(shim, "os.write(fd, data)", "../besides.part") == "8192"


def test_copies_inside_the_kernel_do_not_pass_by(shim):
    (shim.below / "source").write_bytes(b"x" * 8192)
    shim.force(Fault("read", "EIO", pattern="*/source"))
    assert run(shim, "shutil.copyfile(os.path.dirname(path) + '/source', path)") == "EIO"
    assert run(shim, "os.copy_file_range(os.open(os.path.dirname(path) + '/source', 0), fd, 100)") in (
        "ENOTSUP",
        "EOPNOTSUPP",
    )
