# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module says of itself is what it does. Stands in for validate-modules, which wants a collection."""

from __future__ import annotations

import importlib
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from siak_backup.sop import load_sop

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.stem for path in (ROOT / "library").glob("*.py"))

#: Modules whose work an action plugin does; the file in library/ only documents it.
ACTIONS = sorted(path.stem for path in (ROOT / "action_plugins").glob("*.py"))


def last_tasks(tasks: Path) -> Iterator[dict[str, Any]]:
    """Yield the task that ends a role: of main.yml, or of every other list, one of which main.yml includes."""
    main = yaml.safe_load((tasks / "main.yml").read_text())
    includes = "ansible.builtin.include_tasks" in main[-1]
    for path in tasks.glob("*.yml"):
        if (path.name == "main.yml") != includes:
            yield yaml.safe_load(path.read_text())[-1]


#: The last task of a step's role ends the step, by the facts that its result holds under `agenda`.
ACTS = {
    next(iter(set(task) & set(NAMES)))
    for step in load_sop(ROOT / "sop/backup-database.yml").steps
    for task in last_tasks(ROOT / "roles" / step.role / "tasks")
}

#: Ansible gives these meanings of its own (style: result keys).
RESERVED = {"invocation", "results", "failed", "skipped", "warnings", "stdout", "stderr", "rc"}

SPEC_KEYS = ("type", "required", "default", "choices", "elements", "aliases")


def documentation_of(name: str) -> dict[str, Any]:
    """Return a module's documentation with the options of its fragment, as ansible-doc shows it."""
    documentation: dict[str, Any] = yaml.safe_load(importlib.import_module(name).DOCUMENTATION)
    fragments = documentation.pop("extends_documentation_fragment", [])
    for fragment in [fragments] if isinstance(fragments, str) else fragments:
        name, _, variant = fragment.partition(".")
        path = ROOT / "doc_fragments" / f"{name}.py"
        shared = yaml.safe_load(
            getattr(runpy.run_path(str(path))["ModuleDocFragment"], variant.upper() or "DOCUMENTATION")
        )
        documentation["options"] |= shared["options"]
    return documentation


class SpecSeenError(Exception):
    """Carries what a module gave AnsibleModule."""


def arguments_of(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    if name in ACTIONS:
        plugin = runpy.run_path(str(ROOT / "action_plugins" / f"{name}.py"))
        check_mode = plugin["ActionModule"]._supports_check_mode
        return {"argument_spec": plugin["ARGUMENT_SPEC"], "supports_check_mode": check_mode}
    module = importlib.import_module(name)

    def seen(**arguments: Any) -> None:
        raise SpecSeenError(arguments)

    monkeypatch.setattr(module, "AnsibleModule", seen)
    with pytest.raises(SpecSeenError) as caught:
        module.main()
    arguments: dict[str, Any] = caught.value.args[0]
    return arguments


def differences(documented: dict[str, Any], specified: dict[str, Any], where: str = "") -> Iterator[str]:
    for name in documented.keys() ^ specified.keys():
        yield f"{where}{name} is only {'documented' if name in documented else 'in the argument_spec'}"
    for name in documented.keys() & specified.keys():
        option, spec = documented[name], specified[name]
        if not option.get("description"):
            yield f"{where}{name} has no description"
        for key in SPEC_KEYS:
            nothing = False if key == "required" else None
            if option.get(key, nothing) != spec.get(key, nothing):
                yield f"{where}{name}: {key} is documented as {option.get(key)!r}, specified as {spec.get(key)!r}"
        yield from differences(option.get("suboptions", {}), spec.get("options", {}), f"{where}{name}.")


def descriptions(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "description":
                yield from [value] if isinstance(value, str) else value
            else:
                yield from descriptions(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from descriptions(value)


def test_there_are_modules() -> None:
    assert len(NAMES) >= 6


@pytest.mark.parametrize("name", NAMES)
def test_documented_options_are_the_accepted_ones(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    documentation = documentation_of(name)
    specified = arguments_of(name, monkeypatch)["argument_spec"]
    assert list(differences(documentation["options"], specified)) == []


@pytest.mark.parametrize("name", NAMES)
def test_documentation_says_what_a_reader_needs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    documentation = documentation_of(name)
    assert documentation["module"] == name
    assert {"short_description", "description", "author", "attributes", "options"} <= documentation.keys()
    attributes = documentation["attributes"]
    assert {"check_mode", "diff_mode"} <= attributes.keys()
    assert {attribute["support"] for attribute in attributes.values()} <= {"full", "partial", "none"}
    supported = arguments_of(name, monkeypatch).get("supports_check_mode", False)
    assert (attributes["check_mode"]["support"] != "none") == supported


@pytest.mark.parametrize("name", NAMES)
def test_examples_use_documented_options_and_required_ones(name: str) -> None:
    module = importlib.import_module(name)
    options = documentation_of(name)["options"]
    tasks = yaml.safe_load(module.EXAMPLES)
    assert tasks
    for task in tasks:
        used = task[name]
        assert set(used) <= set(options)
        assert {option for option, facts in options.items() if facts.get("required")} <= set(used)


@pytest.mark.parametrize("name", NAMES)
def test_every_returned_key_is_described(name: str) -> None:
    returned = yaml.safe_load(importlib.import_module(name).RETURN)
    assert "agenda" in returned or name not in ACTS
    assert "error" in returned

    def described(keys: dict[str, Any]) -> None:
        for key, facts in keys.items():
            assert {"description", "returned", "type"} <= facts.keys(), key
            assert "sample" in facts or "contains" in facts, key
            described(facts.get("contains", {}))

    described(returned)
    assert not RESERVED & returned.keys()


@pytest.mark.parametrize("name", NAMES)
def test_markup_names_options_and_results_that_exist(name: str) -> None:
    module = importlib.import_module(name)
    documentation, returned = documentation_of(name), yaml.safe_load(module.RETURN)
    for text in descriptions([documentation, returned]):
        for option in re.findall(r"\bO\(([a-z_.]+)\)", text):
            options = documentation["options"]
            for part in option.split("."):
                assert part in options, text
                options = options[part].get("suboptions", {})
        for result in re.findall(r"\bRV\(([a-z_]+)", text):
            assert result in returned, text
        for other in re.findall(r"\bM\(([a-z_]+)\)", text):
            assert other in NAMES, text


@pytest.mark.parametrize("name", NAMES)
def test_secrets_are_declared(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def undeclared(spec: dict[str, Any]) -> Iterator[str]:
        for option, facts in spec.items():
            if re.search(r"pass|secret|token", option) and "no_log" not in facts:
                yield option
            if option.endswith("password") and facts.get("no_log") is not True:
                yield option
            yield from undeclared(facts.get("options", {}))

    assert list(undeclared(arguments_of(name, monkeypatch)["argument_spec"])) == []


def test_every_action_is_documented() -> None:
    assert set(ACTIONS) <= set(NAMES)


@pytest.mark.parametrize("name", ACTIONS)
def test_the_documentation_of_an_action_does_nothing(name: str) -> None:
    assert set(vars(importlib.import_module(name))) & {"main", "AnsibleModule"} == set()


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(ACTIONS)))
def test_a_module_has_one_way_out(name: str) -> None:
    source = (ROOT / "library" / f"{name}.py").read_text(encoding="utf-8")
    assert source.count("exit_json(") == 1
    assert source.count("fail_json(") == 1
