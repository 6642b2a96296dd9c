# SPDX-License-Identifier: GPL-3.0-or-later
"""Real file systems, and real faults on them, for tests: made in images, mounted where only the test sees them.

`disks` has the decorator and what it hands the test; `kinds` the file systems; `faults` the shim that makes the
C library's calls fail in a process. tests/filesystems/test_harness.py shows each of them at work.
"""
