# SPDX-License-Identifier: GPL-3.0-or-later
"""The arrow of CONTRIBUTING.md: who may import whom, and what every file and module must have."""

from __future__ import annotations

import ast
import itertools
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "module_utils" / "siak_backup"
SPDX = "# SPDX-License-Identifier: GPL-3.0-or-later"

#: Third-party imports of the package, by folder or file.
ALLOWED_THIRD_PARTY = {"oracle": {"oracledb", "cryptography"}, "sop.py": {"yaml"}, "status": {"jinja2"}}

SOURCE_FOLDERS = (
    "action_plugins", "bench", "callback_plugins", "doc_fragments", "inventory", "library", "module_utils", "molecule",
    "playbooks", "rehearsal", "roles", "sop", "tests",
)  # fmt: skip


def python_files(*folders):
    return sorted(itertools.chain.from_iterable((ROOT / folder).rglob("*.py") for folder in folders))


def short(path):
    return str(path.relative_to(ROOT))


def imports(path):
    """Yield (level, dotted name) of every import of a file, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""


def top_levels(path):
    return {name.partition(".")[0] for level, name in imports(path) if level == 0}


def third_party(path):
    return {name for name in top_levels(path) if name not in sys.stdlib_module_names}


@pytest.mark.parametrize("path", python_files("module_utils"), ids=short)
def test_the_package_needs_the_standard_library_and_itself(path):
    inside = path.relative_to(PACKAGE)
    assert third_party(path) <= ALLOWED_THIRD_PARTY.get(inside.parts[0], set()), "import relatively, or not at all"


@pytest.mark.parametrize("path", python_files("module_utils"), ids=short)
def test_relative_imports_stay_in_the_package(path):
    depth = len(path.relative_to(PACKAGE).parts)
    assert all(level <= depth for level, _ in imports(path))


@pytest.mark.parametrize("path", python_files("rehearsal"), ids=short)
def test_the_rehearsal_knows_nothing_of_the_product(path):
    assert not top_levels(path) & {"siak_backup", "ansible"}


@pytest.mark.parametrize(
    "path", python_files("module_utils", "library", "action_plugins", "callback_plugins"), ids=short
)
def test_the_product_knows_nothing_of_the_rehearsal(path):
    assert "rehearsal" not in top_levels(path)


@pytest.mark.parametrize("path", python_files("library"), ids=short)
def test_a_module_imports_ansibles_basic_and_the_package(path):
    assert third_party(path) <= {"ansible"}
    of_ansible = {name for _, name in imports(path) if name.startswith("ansible")} - {"ansible.module_utils.basic"}
    assert all(f"{name}.".startswith("ansible.module_utils.siak_backup.") for name in of_ansible)


@pytest.mark.parametrize("path", python_files("action_plugins"), ids=short)
def test_an_action_plugin_imports_ansible_and_the_package(path):
    assert third_party(path) <= {"ansible", "siak_backup"}
    assert (ROOT / "library" / path.name).is_file(), "an action plugin is documented as a module"


def modules():
    """Return the modules that do their work themselves."""
    return [path for path in python_files("library") if not (ROOT / "action_plugins" / path.name).is_file()]


@pytest.mark.parametrize("path", modules(), ids=short)
def test_a_module_has_one_exit_of_each_kind_both_in_main(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    (main,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "main"]
    assert exits(tree) == exits(main) == ["exit_json", "fail_json"]


def exits(tree):
    return sorted(
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("exit_json", "fail_json")
    )


@pytest.mark.parametrize("path", python_files("library"), ids=short)
def test_the_ansible_module_is_never_handed_down(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            handed = [*node.args, *(keyword.value for keyword in node.keywords)]
            assert not [value for value in handed if isinstance(value, ast.Name) and value.id == "module"]


def sources():
    found = itertools.chain.from_iterable((ROOT / folder).rglob("*") for folder in SOURCE_FOLDERS)
    ours = (path for path in (*found, *ROOT.glob("*.yml")) if "node_modules" not in path.parts)
    return sorted(path for path in ours if path.suffix in {".py", ".yml", ".yaml"})


@pytest.mark.parametrize("path", sources(), ids=short)
def test_every_source_names_its_licence(path):
    head = path.read_text(encoding="utf-8").splitlines()[:3]
    assert SPDX in head
