"""The entry point: declared in vLLM's group, found by name, light to import."""

import importlib
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

DISTRIBUTION = "{{ cookiecutter.distribution }}"
GROUP = "{{ cookiecutter.group }}"
NAME = "{{ cookiecutter.plugin_name }}"

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


@pytest.fixture(scope="module")
def target() -> tuple[str, str]:
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    assert list(project["entry-points"]) == [GROUP]
    module, _, function = project["entry-points"][GROUP][NAME].partition(":")
    return module, function


def test_the_declared_object_exists(target: tuple[str, str]) -> None:
{% if cookiecutter.target != "register" %}
    pytest.importorskip("vllm", reason="vLLM is not installed: its class cannot be derived from")
{% endif %}
    module, function = target
    assert callable(getattr(importlib.import_module(module), function))


def test_an_installed_plugin_is_found_by_its_name(target: tuple[str, str]) -> None:
    try:
        metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        pytest.skip(f"{DISTRIBUTION} is not installed, so that no entry point can be found")
    (found,) = metadata.entry_points(group=GROUP, name=NAME)
    assert (found.module, found.attr) == target


def test_importing_the_entry_module_does_not_import_vllm(target: tuple[str, str]) -> None:
    # vLLM loads every plugin's entry module in every one of its processes, in part before it has
    # picked a platform; an import of vLLM from there can meet a half-initialised module.
    code = f"import sys, {target[0]}; sys.exit('vllm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
