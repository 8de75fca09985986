"""Full names of what is called, and the functions of the package's own that calls lead to."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.support import resolver_of

from vplug.analysis.callnames import CallNames
from vplug.analysis.loading import Loadings
from vplug.analysis.values import Evaluator

#: What stands before the last statement, the expression of that statement, and its full name.
NAMES = [
    ("import requests", "requests.get", "requests.get"),
    ("import requests as r", "r.get", "requests.get"),
    ("import urllib.request", "urllib.request.urlopen", "urllib.request.urlopen"),
    ("import urllib.request as u", "u.urlopen", "urllib.request.urlopen"),
    ("from time import sleep", "sleep", "time.sleep"),
    ("from time import sleep as wait", "wait", "time.sleep"),
    ("from torch import cuda", "cuda.init", "torch.cuda.init"),
    ("import pickle\nload = pickle.loads", "load", "pickle.loads"),
    ("import requests\ns = requests.Session()", "s.get", "requests.Session().get"),
    ("import requests", "requests.Session().get", "requests.Session().get"),
    ("", "print", "builtins.print"),
    ("print = 1", "print", None),
    ("", "absent", None),
    ("from .other import sleep", "sleep", "time.sleep"),
    ("from . import other", "other.sleep", "time.sleep"),
    ("from . import other", "other.helper", "pkg.other.helper"),
    ("def f(): pass", "f", "pkg.f"),
    ("import a\nimport b as a", "a.x", "b.x"),
    ("", "x()[0].get", None),
    ("", "(1).real", None),
]


def made(folder: Path, text: str) -> tuple[CallNames, Loadings, object]:
    resolver = resolver_of(
        folder,
        {
            "pkg/__init__.py": text,
            "pkg/other.py": "from time import sleep\n\n\ndef helper():\n    deeper()\n\n\n"
            "def deeper():\n    pass\n",
        },
    )
    names = CallNames(Evaluator(resolver))
    return names, Loadings(resolver, names), resolver.finder.find("pkg")


@pytest.mark.parametrize(("before", "expression", "name"), NAMES)
def test_at_the_top_level(tmp_path: Path, before: str, expression: str, name: str | None) -> None:
    names, _, module = made(tmp_path, f"{before}\n")
    node = ast.parse(expression, mode="eval").body
    assert names.full(module, (), node) == name


@pytest.mark.parametrize(("before", "expression", "name"), NAMES)
def test_in_a_function(tmp_path: Path, before: str, expression: str, name: str | None) -> None:
    body = "".join(f"    {line}\n" for line in before.splitlines())
    names, _, module = made(tmp_path, f"def outer():\n{body}    pass\n")
    function = module.source.tree.body[0]
    node = ast.parse(expression, mode="eval").body
    if before.startswith("def f"):
        assert names.callee(module, (function,), node).node.name == "f"
        return
    if before == "import a\nimport b as a":
        return  # which of a function's imports comes last is not told
    assert names.full(module, (function,), node) == name


def test_parameters_lead_nowhere(tmp_path: Path) -> None:
    names, _, module = made(tmp_path, "import requests\n\n\ndef f(requests):\n    pass\n")
    function = module.source.tree.body[1]
    node = ast.parse("requests.get", mode="eval").body
    assert names.full(module, (function,), node) is None
    assert names.full(module, (), node) == "requests.get"
    assert names.callee(module, (function,), node) is None


def called(folder: Path, text: str) -> set[str]:
    """The names of the functions that calling ``register`` surely runs."""
    _, loadings, module = made(folder, text)
    entry = next(n for n in module.source.tree.body if getattr(n, "name", "") == "register")
    found = loadings.of("pkg", (), (module, entry))
    return {node.name for _, node in found.called.values()}


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("pass", set()),
        ("a()", {"a", "b"}),
        ("x = a()", {"a", "b"}),
        ("return a()", {"a", "b"}),
        ("if x:\n        a()", set()),
        ("try:\n        a()\n    except Exception:\n        pass", set()),
        ("from .other import helper\n    helper()", {"helper", "deeper"}),
        ("from . import other\n    other.helper()", {"helper", "deeper"}),
        ("def c():\n        pass\n    c()", {"c"}),
        ("def c():\n        b()", set()),
        ("register()", set()),
        ("return\n    a()", set()),
    ],
)
def test_what_is_called(tmp_path: Path, body: str, names: set[str]) -> None:
    text = f"def a():\n    b()\n\n\ndef b():\n    pass\n\n\ndef register():\n    {body}\n"
    assert called(tmp_path, text) == names | {"register"}


def test_what_is_imported(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "from . import one\ntry:\n    from . import two\nexcept ImportError:\n    pass\n"
        "if x:\n    from . import three\n\n\ndef register():\n    from . import four\n",
        "pkg/one.py": "def f():\n    pass\n\n\nf()\n",
        "pkg/two.py": "from . import five\n",
        "pkg/three.py": "",
        "pkg/four.py": "",
        "pkg/five.py": "",
        "pkg/six.py": "",
    }
    resolver = resolver_of(tmp_path, files)
    names = CallNames(Evaluator(resolver))
    module = resolver.finder.find("pkg")
    found = Loadings(resolver, names).of("pkg", (), (module, module.source.tree.body[-1]))
    held = {name: (h.is_sure, h.is_caught) for name, h in found.entry_modules.items()}
    assert held == {
        "pkg": (True, False),
        "pkg.one": (True, False),
        "pkg.two": (True, True),
        "pkg.three": (False, False),
        "pkg.five": (True, True),
    }
    assert set(found.called_modules) == {"pkg.four"}
    assert [node.name for _, node in found.functions.values()] == ["f"]
