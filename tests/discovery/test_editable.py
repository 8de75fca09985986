"""Editable installs whose modules only an import hook knows the place of: the hook is read, not run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support import lay_distribution, write

from vplug.analysis.modules import ModuleFinder
from vplug.analysis.resolve import Resolver, Status
from vplug.discovery.environment import Environment
from vplug.discovery.installed import scan
from vplug.discovery.open import open_installed
from vplug.discovery.target import Target

GENERAL = {"vllm.general_plugins": {"mine": "demo.plugin:register"}}
COMPUTED = (
    "import os\nfrom setuptools import setup\nsetup(package_dir={'demo': os.path.join('a', 'b')})\n"
)


def installed(tmp_path: Path, hook: str, text: str) -> Target:
    """An editable install of a project that computes where its package is, with this hook."""
    site, project = tmp_path / "site", tmp_path / "project"
    write(project, {"setup.py": COMPUTED, "a/b/__init__.py": "", "single.py": "X = 1\n"})
    write(project, {"a/b/plugin.py": "def register(): ...\n"})
    url = {"url": project.as_uri(), "dir_info": {"editable": True}}
    lay_distribution(
        site,
        "demo",
        groups=GENERAL,
        files={hook: text.replace("PROJECT", project.as_posix())},
        extra={"direct_url.json": json.dumps(url)},
    )
    environment = Environment("test", (str(site),))
    (found,) = scan(environment).distributions
    return open_installed(found, environment)


@pytest.mark.parametrize(
    ("hook", "text"),
    [
        (
            "__editable___demo_1_0_finder.py",
            "raise SystemExit\nMAPPING: dict[str, str] = {'demo': 'PROJECT/a/b'}\n",
        ),
        ("__editable___demo_1_0_finder.py", "MAPPING = {'demo': 'PROJECT/a/b'}\n"),
        (
            "_editable_impl_demo.py",
            "F.install()\nF.map_module('demo', 'PROJECT/a/b/__init__.py')",
        ),
    ],
)
def test_a_hook_says_where_a_package_is(tmp_path: Path, hook: str, text: str) -> None:
    target = installed(tmp_path, hook, text)
    found = Resolver(ModuleFinder.for_target(target)).entry_point("demo.plugin", "register")
    assert found.status is Status.FOUND
    assert found.location is not None
    assert Path(found.location.path) == tmp_path / "project" / "a" / "b" / "plugin.py"
    assert target.undecided == ()


def test_a_hook_may_name_a_single_module(tmp_path: Path) -> None:
    text = "MAPPING = {'other': 'PROJECT/single.py', 'gone': 'PROJECT/gone'}\n"
    target = installed(tmp_path, "__editable___demo_1_0_finder.py", text)
    found = Resolver(ModuleFinder.for_target(target)).entry_point("other", "X")
    assert found.status is Status.FOUND


@pytest.mark.parametrize("text", ["install({}, compute())\n", "def broken(:\n"])
def test_a_hook_that_computes_leaves_the_place_open(tmp_path: Path, text: str) -> None:
    target = installed(tmp_path, "_demo_editable.py", text)
    unsure = target.undecided_about("package-dir")
    assert unsure is not None
    assert "_demo_editable.py" in unsure.reason
