# ruff: noqa: E501 - sources on one line
"""What a general plugin's function registers, told by following its calls."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.support import cases, resolver_of

from vplug.analysis.registrations import KINDS, Registration, Registrations
from vplug.analysis.values import Evaluator, Reference

FROM_VLLM = "from vllm import ModelRegistry\n"

#: pkg/__init__.py → [(what, argument texts)]
TABLE: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "a list of what to run, by data class": (
        (
            "import importlib\nfrom dataclasses import dataclass\n"
            "@dataclass(frozen=True)\nclass Step:\n    name: str\n    target: str\n    wanted: bool = False\n"
            "STEPS = (Step('h', f'{__package__}.helpers:add_all'), Step('l', target='pkg.late:more'))\n"
            "def run(step):\n    module, _, function = step.target.partition(':')\n"
            "    getattr(importlib.import_module(module), function)()\n"
            "def register():\n    for step in STEPS:\n        if step.name:\n            run(step)\n"
        ),
        [("model", '"H", "pkg.h:H"'), ("model", '"Late", "pkg.late:Late"')],
    ),
    "a class with a constructor": (
        FROM_VLLM
        + "class Entry:\n    def __init__(self, name, module):\n        self.name = name\n"
        "        self.path = f'{module}:{name}'\n"
        "    def add(self):\n        ModelRegistry.register_model(self.name, self.path)\n"
        "def register():\n    for entry in (Entry('A', 'pkg.a'), Entry('B', 'pkg.b')):\n        entry.add()\n",
        [("model", '"A", "pkg.a:A"'), ("model", '"B", "pkg.b:B"')],
    ),
    "an attribute that is set again": (
        FROM_VLLM + "class Entry:\n    def __init__(self, name):\n        self.name = name\n"
        "def register():\n    entry = Entry('A')\n    entry.name = find()\n"
        "    ModelRegistry.register_model(entry.name, 'pkg.m:A')\n",
        [("model", 'entry.name, "pkg.m:A"')],
    ),
    "a named tuple": (
        FROM_VLLM
        + "from typing import NamedTuple\nclass Entry(NamedTuple):\n    name: str\n    path: str\n"
        "def register():\n    for entry in [Entry('A', 'pkg.a:A')]:\n"
        "        ModelRegistry.register_model(entry.name, entry.path)\n",
        [("model", '"A", "pkg.a:A"')],
    ),
    "functions in a list": (
        FROM_VLLM + "def one():\n    ModelRegistry.register_model('A', 'pkg.a:A')\n"
        "def two():\n    ModelRegistry.register_model('B', 'pkg.b:B')\n"
        "def register():\n    for function in (one, two):\n        function()\n",
        [("model", '"A", "pkg.a:A"'), ("model", '"B", "pkg.b:B"')],
    ),
    "a registry that a function gives": (
        (
            "def vllm_classes():\n    from vllm.reasoning import ReasoningParser, ReasoningParserManager\n"
            "    return ReasoningParser, ReasoningParserManager\n"
            "try:\n    _Parser, _Manager = vllm_classes()\nexcept ImportError:\n    _Parser = None\n"
            "if _Parser is not None:\n    @_Manager.register_module('mine')\n    class Mine(_Parser): ...\n"
            "def register(): ...\n"
        ),
        [("reasoning parser", '"mine", class Mine')],
    ),
    "a registry or nothing": (
        (
            "try:\n    from vllm.tool_parsers import ToolParserManager as _Manager\n"
            "except ImportError:\n    _Manager = None\n"
            "def register():\n    _Manager.register_lazy_module('mine', 'pkg.parser', 'Mine')\n"
        ),
        [("tool parser", '"mine", "pkg.parser", "Mine"')],
    ),
    "a base class that is passed": (
        (
            "from .models import My\ndef put(base, mine):\n    base.register_oot(mine)\n"
            "def register():\n    from vllm.m import RMSNorm\n    put(RMSNorm, My)\n"
        ),
        [("custom op", "pkg.models.My")],
    ),
    "a class looked up by name": (
        FROM_VLLM
        + "import importlib\ndef register():\n    module = importlib.import_module('.models', package=__name__)\n"
        "    ModelRegistry.register_model('A', getattr(module, 'My'))\n",
        [("model", '"A", pkg.models.My')],
    ),
    "aliases that are not given": (
        FROM_VLLM + "def add(name, aliases=None):\n    for n in [name, *()]:\n        pass\n"
        "    for alias in aliases or []:\n        ModelRegistry.register_model(alias, 'pkg.m:A')\n"
        "def register():\n    add('A')\n    add('B', ['C'])\n",
        [("model", '"C", "pkg.m:A"')],
    ),
    "another package's function of that name": (
        (
            "from torch._dynamo import register_backend\nregister_backend(name='mine', compiler_fn=print)\n"
            "def register(): ...\n"
        ),
        [],
    ),
    "a torch operator": (
        (
            "import torch\n@torch.library.custom_op('ns::op', mutates_args=())\ndef op(x): ...\n"
            "def register(): ...\n"
        ),
        [("torch operator", '"ns::op", mutates_args=[], function op')],
    ),
    "a config parser": (
        (
            "from .models import My\ndef register():\n"
            "    from vllm.transformers_utils.config import register_config_parser\n"
            "    register_config_parser('mine')(My)\n"
        ),
        [("config parser", '"mine", pkg.models.My')],
    ),
    "names bound to each other": (
        (
            "def register():\n    x = x.y\n    x.z()\n    a, b = b, a\n    a.go(b)\n    m = import_module(m)\n"
            "    m.go()\n    w = add(w)\n    add(w)\ndef add(x): return x\n"
        ),
        [],
    ),
    "an object made of itself": (
        (
            "class A:\n    def __init__(self, x):\n        self.x = A(self)\n"
            "def register():\n    y = A(y)\n    y.x.go(A(1).x)\n"
        ),
        [],
    ),
    "plain": (
        FROM_VLLM + "def register():\n    ModelRegistry.register_model('My', 'pkg.m:My')\n",
        [("model", '"My", "pkg.m:My"')],
    ),
    "imported inside": (
        "def register():\n    from vllm import ModelRegistry\n    ModelRegistry.register_model('My', 'pkg.m:My')\n",
        [("model", '"My", "pkg.m:My"')],
    ),
    "imported under another name": (
        "from vllm import ModelRegistry as R\ndef register():\n    R.register_model('My', 'pkg.m:My')\n",
        [("model", '"My", "pkg.m:My"')],
    ),
    "module attribute": (
        "import vllm\ndef register():\n    vllm.ModelRegistry.register_model('My', 'pkg.m:My')\n",
        [("model", '"My", "pkg.m:My"')],
    ),
    "guarded": (
        FROM_VLLM + "def register():\n    if 'My' not in ModelRegistry.get_supported_archs():\n"
        "        ModelRegistry.register_model('My', 'pkg.m:My')\n",
        [("model", '"My", "pkg.m:My"')],
    ),
    "in a try": (
        FROM_VLLM
        + "def register():\n    try:\n        ModelRegistry.register_model('My', 'pkg.m:My')\n"
        "    except Exception:\n        pass\n",
        [("model", '"My", "pkg.m:My"')],
    ),
    "a class": (
        FROM_VLLM
        + "from .models import My\ndef register():\n    ModelRegistry.register_model('My', My)\n",
        [("model", '"My", pkg.models.My')],
    ),
    "keywords": (
        FROM_VLLM
        + "def register():\n    ModelRegistry.register_model(model_arch='My', model_cls='pkg.m:My')\n",
        [("model", 'model_arch="My", model_cls="pkg.m:My"')],
    ),
    "constants": (
        FROM_VLLM + "NAME = 'My'\nPATH = f'{__name__}.m:' + NAME\n"
        "def register():\n    ModelRegistry.register_model(NAME, PATH)\n",
        [("model", '"My", "pkg.m:My"')],
    ),
    "loop over a list": (
        FROM_VLLM + "def register():\n    for name in ['A', 'B']:\n"
        "        ModelRegistry.register_model(name, f'pkg.m:{name}')\n",
        [("model", '"A", "pkg.m:A"'), ("model", '"B", "pkg.m:B"')],
    ),
    "loop over a dictionary": (
        FROM_VLLM + "MODELS = {'A': 'pkg.a:A', 'B': 'pkg.b:B'}\ndef register():\n"
        "    for name, path in MODELS.items():\n        ModelRegistry.register_model(name, path)\n",
        [("model", '"A", "pkg.a:A"'), ("model", '"B", "pkg.b:B"')],
    ),
    "loop over keys": (
        FROM_VLLM + "MODELS = {'A': 'pkg.a:A'}\ndef register():\n"
        "    for name in MODELS:\n        ModelRegistry.register_model(name, MODELS[name])\n",
        [("model", '"A", "pkg.a:A"')],
    ),
    "loop over pairs elsewhere": (
        FROM_VLLM + "from .table import PAIRS\ndef register():\n"
        "    for name, path in PAIRS:\n        ModelRegistry.register_model(name, path)\n",
        [("model", '"A", "pkg.a:A"'), ("model", '"B", "pkg.b:B"')],
    ),
    "loops in loops": (
        FROM_VLLM + "def register():\n    for a in ['A', 'B']:\n        for b in ['1', '2']:\n"
        "            ModelRegistry.register_model(a + b, 'pkg.m:' + a)\n",
        [
            ("model", '"A1", "pkg.m:A"'),
            ("model", '"A2", "pkg.m:A"'),
            ("model", '"B1", "pkg.m:B"'),
            ("model", '"B2", "pkg.m:B"'),
        ],
    ),
    "helper": (
        FROM_VLLM + "def add(name):\n    ModelRegistry.register_model(name, f'pkg.m:{name}')\n"
        "def register():\n    add('A')\n    add('B')\n",
        [("model", '"A", "pkg.m:A"'), ("model", '"B", "pkg.m:B"')],
    ),
    "helper in a loop": (
        FROM_VLLM + "def add(name):\n    ModelRegistry.register_model(name, f'pkg.m:{name}')\n"
        "def register():\n    for n in ('A', 'B'):\n        add(n)\n",
        [("model", '"A", "pkg.m:A"'), ("model", '"B", "pkg.m:B"')],
    ),
    "helper elsewhere": (
        "from .helpers import add_all\ndef register():\n    add_all()\n",
        [("model", '"H", "pkg.h:H"')],
    ),
    "helper by module": (
        "def register():\n    from pkg import helpers\n    helpers.add_all()\n",
        [("model", '"H", "pkg.h:H"')],
    ),
    "helper with a loop inside": (
        FROM_VLLM
        + "def add(names):\n    for n in names:\n        ModelRegistry.register_model(n, 'pkg.m:X')\n"
        "def register():\n    add(['A', 'B'])\n",
        [("model", '"A", "pkg.m:X"'), ("model", '"B", "pkg.m:X"')],
    ),
    "recursion": (
        FROM_VLLM
        + "def register():\n    ModelRegistry.register_model('A', 'pkg.m:A')\n    register()\n",
        [("model", '"A", "pkg.m:A"')],
    ),
    "computed": (
        FROM_VLLM
        + "import os\ndef register():\n    ModelRegistry.register_model(os.environ['N'], find())\n",
        [("model", "os.environ['N'], find()")],
    ),
    "unpacked": (
        FROM_VLLM + "def register():\n    ModelRegistry.register_model(*ARGS, **KW)\n",
        [("model", "*ARGS, **KW")],
    ),
    "decorator on import": (
        "def register():\n    from . import quant\n",
        [("quantization", '"mine", class Mine')],
    ),
    "decorator in the function": (
        (
            "def register():\n    from vllm.x import register_quantization_config\n"
            "    @register_quantization_config('in')\n    class In: ...\n"
        ),
        [("quantization", '"in", class In')],
    ),
    "decorator without a call": (
        "from vllm.m import RMSNorm\n@RMSNorm.register_oot\nclass Mine(RMSNorm): ...\ndef register(): ...\n",
        [("custom op", "class Mine")],
    ),
    "decorator called on a class": (
        (
            "def register():\n    from vllm.x import register_quantization_config\n    from .models import My\n"
            "    register_quantization_config('q')(My)\n"
        ),
        [("quantization", '"q", pkg.models.My')],
    ),
    "its own module is imported too": (
        (
            "from vllm.x import register_model_loader\n@register_model_loader('mine')\nclass L: ...\n"
            "def register(): ...\n"
        ),
        [("model loader", '"mine", class L')],
    ),
    "a resolver": (
        (
            "def register():\n    from vllm.lora.resolver import LoRAResolverRegistry\n    from .models import My\n"
            "    LoRAResolverRegistry.register_resolver('r', My())\n"
        ),
        [("LoRA resolver", '"r", pkg.models.My()')],
    ),
    "a connector": (
        (
            "def register():\n    from vllm.d.factory import KVConnectorFactory\n"
            "    KVConnectorFactory.register_connector('C', 'pkg.c', 'C')\n"
        ),
        [("KV connector", '"C", "pkg.c", "C"')],
    ),
    "its own function of that name": (
        (
            "class ModelRegistry:\n    @staticmethod\n    def register_model(a, b): ...\n"
            "def register():\n    ModelRegistry.register_model('A', 'b')\n"
        ),
        [],
    ),
    "nothing": ("def register():\n    print('x')\n", []),
    "a function that is not called": (
        FROM_VLLM
        + "def other():\n    ModelRegistry.register_model('A', 'pkg.m:A')\ndef register(): ...\n",
        [],
    ),
    "a nested function that is not called": (
        FROM_VLLM
        + "def register():\n    def later():\n        ModelRegistry.register_model('A', 'pkg.m:A')\n",
        [],
    ),
    "a nested function that is called": (
        FROM_VLLM
        + "def register():\n    def now():\n        ModelRegistry.register_model('A', 'pkg.m:A')\n"
        "    now()\n",
        [("model", '"A", "pkg.m:A"')],
    ),
    "a method": (
        FROM_VLLM
        + "class P:\n    def go(self):\n        ModelRegistry.register_model('A', 'pkg.m:A')\n"
        "def register():\n    P().go()\n",
        [("model", '"A", "pkg.m:A"')],
    ),
    "a static method": (
        FROM_VLLM
        + "class P:\n    @staticmethod\n    def go():\n        ModelRegistry.register_model('A', 'pkg.m:A')\n"
        "def register():\n    P.go()\n",
        [("model", '"A", "pkg.m:A"')],
    ),
    "a registry under a local name": (
        "def register():\n    import vllm\n    reg = vllm.ModelRegistry\n    reg.register_model('A', 'pkg.m:A')\n",
        [("model", '"A", "pkg.m:A"')],
    ),
    "a bound function": (
        FROM_VLLM
        + "def register():\n    add = ModelRegistry.register_model\n    add('A', 'pkg.m:A')\n",
        [("model", '"A", "pkg.m:A"')],
    ),
    "a loop at the top of a helper module": (
        "def register():\n    import pkg.loops\n",
        [("model", '"L", "pkg.l:L"')],
    ),
    "import_module": (
        "import importlib\ndef register():\n    importlib.import_module('pkg.quant')\n",
        [("quantization", '"mine", class Mine')],
    ),
    "loop with enumerate": (
        FROM_VLLM + "def register():\n    for i, n in enumerate(['A']):\n"
        "        ModelRegistry.register_model(n, 'pkg.m:A')\n",
        [("model", 'n, "pkg.m:A"')],
    ),
    "loop over what is computed": (
        FROM_VLLM
        + "def register():\n    for n in find():\n        ModelRegistry.register_model(n, 'pkg.m:A')\n",
        [("model", 'n, "pkg.m:A"')],
    ),
    "loop over nothing": (
        FROM_VLLM
        + "def register():\n    for n in []:\n        ModelRegistry.register_model(n, 'pkg.m:A')\n",
        [],
    ),
    "typing-only import": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import quant\ndef register(): ...\n",
        [],
    ),
    "in main": (
        FROM_VLLM + "def register(): ...\nif __name__ == '__main__':\n"
        "    ModelRegistry.register_model('A', 'pkg.m:A')\n",
        [],
    ),
}
MORE = {
    "pkg/models.py": "class My: ...\n",
    "pkg/table.py": "PAIRS = [('A', 'pkg.a:A'), ('B', 'pkg.b:B')]\n",
    "pkg/helpers.py": FROM_VLLM
    + "def add_all():\n    ModelRegistry.register_model('H', 'pkg.h:H')\n",
    "pkg/quant.py": "from vllm.x import register_quantization_config\n"
    "@register_quantization_config('mine')\nclass Mine: ...\n",
    "pkg/late.py": FROM_VLLM
    + "def more():\n    ModelRegistry.register_model('Late', 'pkg.late:Late')\n",
    "pkg/loops.py": FROM_VLLM
    + "for n in ['L']:\n    ModelRegistry.register_model(n, f'pkg.l:{n}')\n",
}


def registrations(tmp_path: Path, source: str) -> tuple[Registrations, list[tuple[str, str]]]:
    resolver = resolver_of(tmp_path, {"pkg/__init__.py": source, **MORE})
    found = resolver.entry_point("pkg", "register")
    assert found.module is not None
    assert isinstance(found.node, ast.FunctionDef)
    collector = Registrations(Evaluator(resolver))
    rows = collector.of_function(found.module, found.node)
    return collector, [(row.kind.what, ", ".join(row.arguments)) for row in rows]


@pytest.mark.parametrize("case", cases(TABLE))
def test_what_is_registered(tmp_path: Path, case: str) -> None:
    source, expected = TABLE[case]
    collector, found = registrations(tmp_path, source)
    assert sorted(found) == sorted(expected)
    assert not collector.truncated


@pytest.mark.parametrize(
    "argument",
    [
        "[My]",
        "{'a': My}",
        "[find()]",
        "My",
        "find()",
        "['a', 1, None]",
    ],
)
def test_arguments_are_shown_in_the_fields_words(tmp_path: Path, argument: str) -> None:
    source = (
        "from vllm import ModelRegistry\nfrom .models import My\n"
        f"def register():\n    ModelRegistry.register_model('A', {argument})\n"
    )
    _, ((_, shown),) = registrations(tmp_path, source)
    for word in ("Reference(", "Unsure(", "Resolution(", "Instance("):
        assert word not in shown


def test_a_registration_has_its_place(tmp_path: Path) -> None:
    resolver = resolver_of(tmp_path, {"pkg/__init__.py": TABLE["helper elsewhere"][0], **MORE})
    found = resolver.entry_point("pkg", "register")
    assert found.module is not None
    assert isinstance(found.node, ast.FunctionDef)
    (row,) = Registrations(Evaluator(resolver)).of_function(found.module, found.node)
    assert str(row.location) == "pkg/helpers.py:3:5"
    assert row.values == ("H", "pkg.h:H")


def of_register(tmp_path: Path, source: str) -> Registration:
    resolver = resolver_of(tmp_path, {"pkg/__init__.py": source, **MORE})
    found = resolver.entry_point("pkg", "register")
    assert found.module is not None
    assert isinstance(found.node, ast.FunctionDef)
    (row,) = Registrations(Evaluator(resolver)).of_function(found.module, found.node)
    return row


def test_what_only_running_would_tell_is_named(tmp_path: Path) -> None:
    row = of_register(
        tmp_path,
        FROM_VLLM
        + "def register():\n    ModelRegistry.register_model(find(), ['a', x.y], key='k')\n",
    )
    assert row.untold == ("find()", "['a', x.y]")


@pytest.mark.parametrize(
    ("source", "given", "called"),
    [
        (TABLE["decorator called on a class"][0], "pkg.models.My", "register_quantization_config"),
        (TABLE["decorator without a call"][0], "pkg.Mine", "RMSNorm.register_oot"),
        (TABLE["a base class that is passed"][0], None, "RMSNorm.register_oot"),
        (TABLE["a connector"][0], None, "KVConnectorFactory.register_connector"),
    ],
)
def test_what_is_given_and_to_what(
    tmp_path: Path, source: str, given: str | None, called: str
) -> None:
    row = of_register(tmp_path, source)
    assert row.called == called
    name = row.given.target.qualified_name if isinstance(row.given, Reference) else None
    assert name == given


def test_a_search_that_is_cut_short_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vplug.analysis.registrations._MODULES", 1)
    collector, _ = registrations(tmp_path, TABLE["decorator on import"][0])
    assert collector.truncated


def test_every_kind_is_named() -> None:
    assert all(kind.what and kind.function for kind in KINDS)
    assert len(set(KINDS)) == len(KINDS)
