"""``.pth`` files with code: which of them may add a library that seems to be missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.doctor.test_command import codes, doctor, plugin, site
from tests.support import vplug_here

__all__ = ["site"]

_PYTEST_COV = (
    'import os, sys;exec(\'if "COV_CORE_SOURCE" in os.environ:\\n try:\\n'
    "  from pytest_cov.embed import init\\n  init()\\n except Exception as e:\\n"
    '  sys.stderr.write("no coverage: {}".format(repr(e)))\')'
)
_NAMESPACE = (
    "import sys, types, os;m = sys.modules.setdefault('spaced', types.ModuleType('spaced'));"
    "mp = (m or []) and m.__dict__.setdefault('__path__',[])"
)

_DISTUTILS = (
    "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == "
    "'local'; enabled and __import__('_distutils_hack').add_shim(); "
)


def outcome(document: dict[str, Any], code: str) -> dict[str, Any]:
    (found,) = [item for item in document["outcomes"] if item["code"] == code]
    return found


def lacking(site: Path, library: str = "no_such_library") -> None:
    body = f"import {library}\ndef register():\n    pass"
    plugin(site, "mine", body, "vllm.general_plugins")


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "import os, sys",
        "import coverage; coverage.process_startup()",
        "import sys; exec('try: import coverage; coverage.process_startup()\\nexcept: pass')",
        _PYTEST_COV,
        "import _virtualenv",
        "import os; os.environ['A'] = '1'",
        _DISTUTILS,
        _NAMESPACE,
        "import _editable_impl_other",
        "import __editable___other_1_0_finder; __editable___other_1_0_finder.install()",
    ],
)
def test_a_hook_that_adds_no_such_module_does_not_matter(site: Path, line: str) -> None:
    lacking(site)
    (site / "some.pth").write_text(f"{line}\n")
    text = (
        "from editables.redirector import RedirectingFinder as F\nF.map_module('other', '/o.py')\n"
    )
    (site / "_editable_impl_other.py").write_text(text)
    (site / "__editable___other_1_0_finder.py").write_text("MAPPING = {}\nNAMESPACES = {}\n")
    _, document = doctor(site)
    assert codes(document) == {"VP609"}
    assert outcome(document, "VP609")["outcome"] == "fail"


@pytest.mark.parametrize(
    "line",
    [
        "import sys; sys.path.insert(0, '/elsewhere')",
        "import sys; sys.path += ['/elsewhere']",
        "from_here = 1\nimport our_start_up",
        "import site; site.addsitedir('/elsewhere')",
        "import os; exec(os.environ['A'])",
        "import os; __import__('our_start_up')",
        "import __editable___gone_finder; __editable___gone_finder.install()",
        "import this is no Python",
    ],
)
def test_of_another_hook_nothing_can_be_told(site: Path, line: str) -> None:
    lacking(site)
    (site / "some.pth").write_text(f"{line}\n")
    status, document = doctor(site)
    assert (status, codes(document)) == (0, set())
    told = outcome(document, "VP609")
    assert told["outcome"] == "cannot-tell"
    missing = "mine of mine 1.0: ModuleNotFoundError: No module named 'no_such_library'"
    assert told["reason"].startswith(missing)
    assert f"unless {site / 'some.pth'} adds it" in told["reason"]
    (planned,) = document["load_plan"]["plugins"]
    assert (planned["loads"], "some.pth" in planned["load_reason"]) == (None, True)
    shown = vplug_here("doctor", "--no-run", "--prefix", site).stdout
    assert "? VP609 cannot tell: mine of mine 1.0: ModuleNotFoundError" in shown


def test_where_nothing_is_missing_a_hook_raises_no_doubt(site: Path) -> None:
    lacking(site, "json")
    (site / "some.pth").write_text("import our_start_up\n")
    assert outcome(doctor(site)[1], "VP609")["outcome"] == "pass"


def test_what_a_namespace_hook_adds_is_there(site: Path) -> None:
    lacking(site, "spaced")
    (site / "spaced-nspkg.pth").write_text(f"{_NAMESPACE}\n")
    assert codes(doctor(site)[1]) == set()


def test_the_headline_does_not_pass_over_what_cannot_be_told(site: Path) -> None:
    lacking(site)
    (site / "some.pth").write_text("import our_start_up\n")
    told = vplug_here("doctor", "--no-run", "--prefix", site).stdout
    assert told.startswith("vLLM would take CpuPlatform; no finding, but VP609 cannot tell\n")
