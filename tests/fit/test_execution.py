"""Which vLLM imports run when a plugin loads, and which later."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support import resolver_of

from vplug.analysis.conditions import ALWAYS, Maybe, Never
from vplug.analysis.execution import Execution
from vplug.analysis.guards import Guard
from vplug.analysis.resolve import Resolver
from vplug.analysis.uses import Stage, Use

PKG = "pkg/__init__.py"


def uses_of(resolver: Resolver, modules: tuple[str, ...], entry: str | None) -> tuple[Use, ...]:
    target = None
    if entry is not None:
        found = resolver.entry_point(modules[0], entry)
        assert found.module is not None
        assert found.node is not None
        target = (found.module, found.node)
    return Execution(resolver).uses(modules, target)


def stages(uses: tuple[Use, ...]) -> dict[str, str]:
    """The last part of each imported module, with the stage."""
    found = {use.what.module.rpartition(".")[2]: str(use.stage) for use in uses}
    assert len(found) == len(uses)
    return found


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({PKG: "import vllm.a\ndef go(): import vllm.b"}, {"a": "load", "b": "load"}),
        ({PKG: "def go(): pass\ndef other(): import vllm.b"}, {"b": "later"}),
        ({PKG: "def go(): one()\ndef one(): import vllm.b"}, {"b": "load"}),
        ({PKG: "def go(): return one()\ndef one(): import vllm.b"}, {"b": "load"}),
        ({PKG: "def go(): x = one()\ndef one(): import vllm.b"}, {"b": "load"}),
        ({PKG: "def go():\n  if X: one()\ndef one(): import vllm.b"}, {"b": "later"}),
        (
            {PKG: "def go():\n  try: one()\n  except Exception: pass\ndef one(): import vllm.b"},
            {"b": "later"},
        ),
        ({PKG: "class K:\n  import vllm.a\n  def m(self): import vllm.b\ndef go(): pass"},
         {"a": "load", "b": "later"}),
        ({PKG: "from .sub import x\ndef go(): pass", "pkg/sub.py": "import vllm.a\nx = 1"},
         {"a": "load"}),
        ({PKG: "def go():\n  from . import sub", "pkg/sub.py": "import vllm.a"}, {"a": "load"}),
        ({PKG: "def go():\n  from .sub import one\n  one()",
          "pkg/sub.py": "import vllm.a\ndef one(): import vllm.b\ndef two(): import vllm.c"},
         {"a": "load", "b": "load", "c": "later"}),
        ({PKG: "from .sub import one\ndef go(): one()",
          "pkg/sub.py": "def one(): two()\ndef two(): import vllm.b"}, {"b": "load"}),
        # What is nobody's to import does not count: another package's, or a module of the same name.
        ({PKG: "import os, vllmx.a\nfrom .vllm import b\ndef go(): pass", "pkg/vllm.py": "b = 1"},
         {}),
        ({PKG: "def go(): pass\ndef later():\n  from . import sub", "pkg/sub.py": "import vllm.a"},
         {"a": "later"}),
        ({PKG: "def go(): return 'pkg.sub.K'",
          "pkg/sub.py": "import vllm.a\nclass K:\n  def m(self):\n    from .more import x",
          "pkg/more.py": "import vllm.b"}, {"a": "later", "b": "later"}),
        ({PKG: "def go(): register('pkg.sub:K')", "pkg/sub.py": "import vllm.a"}, {"a": "later"}),
        ({PKG: "TABLE = {'x': 'pkg.sub'}\ndef go(): pass", "pkg/sub.py": "import vllm.a"},
         {"a": "later"}),
        ({PKG: "def go():\n  'Like \"pkg.sub.K\".'", "pkg/sub.py": "import vllm.a"}, {}),
        ({PKG: "import logging\nlogging.getLogger('pkg.gone')\ndef go(): pass"}, {}),
        ({PKG: "def go():\n  def inner(): import vllm.b\n  return inner"}, {"b": "later"}),
        ({PKG: "def one(): import vllm.b\none()\ndef go(): pass"}, {"b": "load"}),
        ({PKG: "def go():\n  from . import sub\n  sub.one()",
               "pkg/sub.py": "def one(): import vllm.b"}, {"b": "load"}),
    ],
)  # fmt: skip
def test_stages(tmp_path: Path, files: dict[str, str], expected: dict[str, str]) -> None:
    assert stages(uses_of(resolver_of(tmp_path, files), ("pkg",), "go")) == expected


def test_modules_without_a_function(tmp_path: Path) -> None:
    files = {
        PKG: "import vllm.a",
        "pkg/one.py": "import vllm.b\ndef f(): import vllm.c",
        "pkg/two.py": "import vllm.d",
    }
    found = stages(uses_of(resolver_of(tmp_path, files), ("pkg.one",), None))
    assert found == {"a": "load", "b": "load", "c": "later"}


def test_use_names_the_module_that_has_it(tmp_path: Path) -> None:
    files = {PKG: "from . import sub\ndef go(): pass", "pkg/sub.py": "\n\nfrom vllm.a import A, B"}
    first, second = uses_of(resolver_of(tmp_path, files), ("pkg",), "go")
    assert (first.module, first.what.location.path, first.what.location.line) == (
        "pkg.sub",
        "pkg/sub.py",
        3,
    )
    assert (first.what.name, second.what.name) == ("A", "B")
    assert first.stage is Stage.LOAD


@pytest.mark.parametrize(
    ("head", "guard", "condition"),
    [
        ("from . import sub", Guard.NONE, type(ALWAYS)),
        ("try:\n  from . import sub\nexcept ImportError: pass", Guard.ALL, type(ALWAYS)),
        (
            "try:\n  from . import sub\nexcept ModuleNotFoundError: pass",
            Guard.MODULE,
            type(ALWAYS),
        ),
        ("try:\n  from . import sub\nexcept KeyError: pass", Guard.NONE, type(ALWAYS)),
        ("if X:\n  from . import sub", Guard.NONE, Maybe),
        # Whichever way is the freest counts.
        (
            "from . import sub\ntry:\n  from . import sub\nexcept ImportError: pass",
            Guard.NONE,
            type(ALWAYS),
        ),
        ("if X:\n  from . import sub\nfrom .sub import x", Guard.NONE, type(ALWAYS)),
    ],
)
def test_a_module_is_under_what_it_is_reached_under(
    tmp_path: Path, head: str, guard: Guard, condition: type
) -> None:
    files = {PKG: f"{head}\ndef go(): pass", "pkg/sub.py": "import vllm.a\nx = 1"}
    (use,) = uses_of(resolver_of(tmp_path, files), ("pkg",), "go")
    assert use.what.guard is guard
    assert isinstance(use.what.condition, condition)


def test_a_module_for_type_checkers_only_never_runs(tmp_path: Path) -> None:
    files = {
        PKG: "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  from . import sub\n"
        "def go(): pass",
        "pkg/sub.py": "import vllm.a",
    }
    uses = uses_of(resolver_of(tmp_path, files), ("pkg",), "go")
    assert all(isinstance(use.what.condition, Never) for use in uses)


def test_long_chains_and_cycles_end(tmp_path: Path) -> None:
    files = {PKG: "from . import m0\ndef go(): go()"}
    for number in range(300):
        condition = f"if X{number}:\n  " if number % 2 else ""
        files[f"pkg/m{number}.py"] = (
            f"{condition}from . import m{(number + 1) % 300}\nimport vllm.n{number}"
        )
    found = stages(uses_of(resolver_of(tmp_path, files), ("pkg",), "go"))
    assert found == {f"n{number}": "load" for number in range(300)}


@pytest.mark.parametrize(
    "line",
    [
        "from . import m{}",
        "try:\n    from . import m{}\n    x = 1\nexcept ImportError:\n    pass",
    ],
)
def test_long_chains_of_caught_imports_end(tmp_path: Path, line: str) -> None:
    count = 400
    files = {f"pkg/m{n}.py": f"import vllm.a{n}\n{line.format(n + 1)}\n" for n in range(count)}
    caught = "try:\n    from . import m0\n    from vllm import b\nexcept ImportError:\n    pass\n"
    resolver = resolver_of(tmp_path, {PKG: caught, f"pkg/m{count}.py": "", **files})
    uses = uses_of(resolver, ("pkg",), None)
    assert len(uses) == count + 1


def test_of_large_packages_what_strings_name_is_read_alone(tmp_path: Path) -> None:
    files = {f"pkg/m{number}.py": "" for number in range(101)}
    files[PKG] = (
        "".join(f"from . import m{number}\n" for number in range(101))
        + "def go():\n  register('pkg.sub.inner:K')\ndef later():\n  from . import other"
    )
    files |= {
        "pkg/sub/__init__.py": "import vllm.a",
        "pkg/sub/inner.py": "import vllm.b\nfrom . import more",
        "pkg/sub/more.py": "import vllm.c",
        "pkg/other.py": "import vllm.d",
    }
    found = stages(uses_of(resolver_of(tmp_path, files), ("pkg",), "go"))
    assert found == {"a": "later", "b": "later"}


def test_of_large_packages_strings_lead_to_so_many_modules(tmp_path: Path) -> None:
    files = {f"pkg/m{number}.py": "" for number in range(101)}
    files[PKG] = (
        "".join(f"from . import m{number}\n" for number in range(101))
        + "".join(f"A{number} = 'pkg.s{number}:K'\n" for number in range(52))
        + "def go(): pass"
    )
    files |= {f"pkg/s{number}.py": f"import vllm.a{number}" for number in range(52)}
    found = stages(uses_of(resolver_of(tmp_path, files), ("pkg",), "go"))
    assert found == {f"a{number}": "later" for number in range(16)}


def test_reached(tmp_path: Path) -> None:
    files = {
        PKG: "try:\n  from . import a\nexcept ImportError: pass\ndef go():\n  from . import d",
        "pkg/a.py": "import pkg.b.c",
        "pkg/b/__init__.py": "",
        "pkg/b/c.py": "",
        "pkg/d.py": "",
    }
    execution = Execution(resolver_of(tmp_path, files))
    assert execution.reached(["pkg"]) == {"pkg", "pkg.a", "pkg.b", "pkg.b.c"}
    assert execution.reached(["pkg.b.c"]) == {"pkg", "pkg.a", "pkg.b", "pkg.b.c"}
    assert execution.reached(["nowhere"]) == frozenset()
