"""Random environments of plugins: succeeding, raising, returning nonsense, doubled, hidden, misnamed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

GROUPS = (
    "vllm.general_plugins",
    "vllm.platform_plugins",
    "vllm.platform_plugins",
    "vllm.platform_plugins",
    "vllm.io_processor_plugins",
    "vllm.stat_logger_plugins",
    "vllm.endpoint_plugins",
    "vllm.logits_processors",
    "vllm.nobody_reads_this",
)
NAMES = (
    "alpha", "beta", "gamma", "delta", "cuda", "cpu", "tpu", "rocm", "xpu", "01.first", "Alpha", "über",
    "two words", "lora_filesystem_resolver",
)  # fmt: skip

#: Bodies of a module; ``{module}`` is its own name. The entry point is ``{module}:target`` unless told.
BODIES = {
    "class": 'def target():\n    return "{module}.Thing"\n',
    "class-by-variable": 'NAME = __name__ + ".Thing"\ndef target():\n    name = NAME\n    return name\n',
    "class-with-import": 'def target():\n    import json\n    json.dumps(1)\n    return "{module}.Thing"\n',
    "lambda": 'target = lambda: "{module}.Thing"\n',
    "no-such-class": 'def target():\n    return "{module}.Nothing"\n',
    "no-such-module": 'def target():\n    return "no_such_module_{module}.Thing"\n',
    "colon": 'def target():\n    return "{module}:Thing"\n',
    "no-dot": 'def target():\n    return "Thing"\n',
    "empty": 'def target():\n    return ""\n',
    "none": "def target():\n    return None\n",
    "nothing": "def target():\n    pass\n",
    "number": "def target():\n    return 42\n",
    "list": 'def target():\n    return ["{module}.Thing"]\n',
    "raises": 'def target():\n    raise RuntimeError("no device")\n',
    "raises-inside": 'def target():\n    import no_such_library\n    return "{module}.Thing"\n',
    "guarded": "def target():\n    try:\n        import no_such_library\n    except ImportError:\n"
    '        return None\n    return "{module}.Thing"\n',
    "by-variable": 'import os\ndef target():\n    if os.environ.get("FIDELITY_DEVICE"):\n'
    '        return "{module}.Thing"\n    return None\n',
    "second-time": "COUNT = []\ndef target():\n    COUNT.append(1)\n"
    '    if len(COUNT) > 1:\n        raise RuntimeError("again")\n    return "{module}.Thing"\n',
    "needs-argument": 'def target(config):\n    return "{module}.Thing"\n',
    "async": 'async def target():\n    return "{module}.Thing"\n',
    "helper": 'def name():\n    return "{module}.Thing"\ndef target():\n    return name()\n',
    "is-class": "class target:\n    pass\n",
    "value": 'target = "{module}.Thing"\n',
    "import-raises": 'raise ImportError("broken at import")\ndef target():\n    return "{module}.Thing"\n',
    "import-missing": 'import no_such_library\ndef target():\n    return "{module}.Thing"\n',
    "import-guarded": "try:\n    import no_such_library\nexcept ImportError:\n    no_such_library = None\n"
    'def target():\n    return "{module}.Thing"\n',
    "imports-own": 'from {module}_part import HELPER\ndef target():\n    return "{module}.Thing"\n',
    "no-attribute": "other = 1\n",
    "raises-on-a-path": "import os\ndef target():\n    if not os.environ.get('FIDELITY_DEVICE'):\n"
    '        raise RuntimeError("no device")\n    return "{module}.Thing"\n',
    "helper-raises": 'def check():\n    raise OSError("no driver")\n'
    'def target():\n    check()\n    return "{module}.Thing"\n',
    "raises-and-catches": 'def target():\n    try:\n        raise RuntimeError("no device")\n'
    '    except RuntimeError:\n        return None\n    return "{module}.Thing"\n',
    "raises-another": "def target():\n    try:\n        import no_such_library\n"
    '    except ImportError as error:\n        raise RuntimeError("install it") from error\n'
    '    return "{module}.Thing"\n',
    "suppresses": "import contextlib\ndef target():\n    with contextlib.suppress(ImportError):\n"
    '        import no_such_library\n        return None\n    return "{module}.Thing"\n',
    "asserts": 'def target():\n    assert False, "never"\n    return "{module}.Thing"\n',
    "unset-variable": 'import os\ndef target():\n    return os.environ["FIDELITY_DEVICE"]\n',
    "exits": 'import sys\ndef target():\n    sys.exit(3)\n    return "{module}.Thing"\n',
    "interrupts": "def target():\n    raise KeyboardInterrupt\n",
    "leaves-at-once": 'import os\ndef target():\n    os._exit(0)\n    return "{module}.Thing"\n',
    "import-exits": 'import sys\nsys.exit("no")\ndef target():\n    return "{module}.Thing"\n',
    "import-calls-raising": 'def check():\n    raise OSError("no driver")\ncheck()\n'
    'def target():\n    return "{module}.Thing"\n',
    "import-raises-another": "try:\n    import no_such_library\nexcept ImportError as error:\n"
    '    raise RuntimeError("install it") from error\ndef target():\n    return "{module}.Thing"\n',
    "import-unset-variable": 'import os\nDEVICE = os.environ["FIDELITY_DEVICE"]\n'
    'def target():\n    return "{module}.Thing"\n',
    "syntax-error": "def target(:\n    pass\n",
    "second-time-none": "SEEN = set()\ndef target():\n    if SEEN:\n        return None\n    SEEN.add(1)\n"
    '    return "{module}.Thing"\n',
    "false": "def target():\n    return False\n",
    "bytes": 'def target():\n    return b"{module}.Thing"\n',
    "yields": 'def target():\n    yield "{module}.Thing"\n',
    "class-object": "class Thing:\n    pass\ndef target():\n    return Thing\n",
    "partial": "import functools\ndef make(name):\n    return name\n"
    'target = functools.partial(make, "{module}.Thing")\n',
    "decorated": 'import functools\n@functools.cache\ndef target():\n    return "{module}.Thing"\n',
    "static-method": 'class Box:\n    @staticmethod\n    def target():\n        return "{module}.Thing"\n'
    "target = Box.target\n",
    "defined-twice": 'def target():\n    return None\ndef target():\n    return "{module}.Thing"\n',
    "defined-by-condition": "import sys\nif sys.version_info >= (3, 8):\n    def target():\n"
    '        return "{module}.Thing"\nelse:\n    def target():\n        return None\n',
    "format": 'def target():\n    part = "Thing"\n    return f"{module}.{part}"\n',
    "class-raises": 'class Other:\n    def __init__(self):\n        raise RuntimeError("no")\n'
    'def target():\n    return "{module}.Other"\n',
    "class-is-value": 'Other = 3\ndef target():\n    return "{module}.Other"\n',
    "class-elsewhere": 'def target():\n    return "{module}_part.Thing"\n',
    "class-in-broken-module": 'def target():\n    return "{module}_part.Broken"\n',
    "getattr": 'def __getattr__(name):\n    if name == "target":\n        return _target\n'
    '    raise AttributeError(name)\ndef _target():\n    return "{module}.Thing"\n',
}
#: How often each is taken, where not once.
WEIGHTS = {"class": 16, "none": 14, "nothing": 4, "raises": 5, "import-missing": 4}
#: Whose whole text is the body.
WHOLE = ("import-raises", "syntax-error", "class-object")
#: What a second module beside it holds.
PARTS = {
    "imports-own": "HELPER = 1\n",
    "class-elsewhere": "class Thing:\n    pass\n",
    "class-in-broken-module": "import no_such_library\nclass Broken:\n    pass\n",
}
VERSIONS = ("0.32.0+cpu", "0.32.0+cpu", "0.32.0", "0.16.0+cpu", "0.28.0")


@dataclass
class RandomEnvironment:
    """One environment: a folder for the path, and the variables set in it."""

    number: int
    folders: list[Path]
    variables: dict[str, str] = field(default_factory=dict)


def make(number: int, base: Path) -> RandomEnvironment:
    """Write environment ``number`` below ``base``; the same number always gives the same one."""
    rng = random.Random(number)
    folder = base / f"env{number}"
    site, early = folder / "site", folder / "early"
    for path in (site, early):
        path.mkdir(parents=True)
    environment = RandomEnvironment(number, [early, site, folder / "late"])
    names: list[str] = []
    for index in range(rng.choice((0, 1, 1, 2, 2, 3, 4, 6))):
        names += _distribution(rng, site, early, number, index)
    version = rng.choice(VERSIONS)
    _metadata(site / f"vllm-{version}.dist-info", "vllm", version, {})
    environment.variables = _variables(rng, names)
    return environment


def _distribution(
    rng: random.Random, site: Path, early: Path, number: int, index: int
) -> list[str]:
    project = f"fid{number}x{index}"
    entry_points: dict[str, list[str]] = {}
    names = []
    for count in range(rng.choice((1, 1, 1, 2, 3))):
        kinds = list(BODIES)
        kind = rng.choices(kinds, [WEIGHTS.get(item, 1) for item in kinds])[0]
        module = f"{project}_m{count}"
        body = BODIES[kind].replace("{module}", module)
        text = f"{body}\n\nclass Thing:\n    pass\n"
        if kind in WHOLE:
            text = body
        (site / f"{module}.py").write_text(text, encoding="utf-8")
        if kind in PARTS:
            (site / f"{module}_part.py").write_text(PARTS[kind])
        value = rng.choice(
            [f"{module}:target"] * 12
            + [module, f"{module}_gone:target", f"{module}.gone:target", "not a value", ""]
            + [f"{module} : target", f"{module}:target [extra]", f"{module}:Thing.gone"]
        )
        name = rng.choice(NAMES)
        names.append(name)
        entry_points.setdefault(rng.choice(GROUPS), []).append(f"{name} = {value}")
    _metadata(site / f"{project}-1.0.dist-info", project, "1.0", entry_points)
    draw = rng.random()
    stale = {"vllm.general_plugins": ["stale = os:getcwd"]} if rng.random() < 0.5 else {}
    if draw < 0.10:  # stale metadata in front: it hides the real entry points
        _metadata(early / f"{project}.egg-info", project, "0.9", stale)
    elif draw < 0.15:  # an older release's left beside it; the folder's order decides
        _metadata(site / f"{project}-0.9.dist-info", project, "0.9", stale)
    elif draw < 0.20:  # behind it: nobody sees it
        late = site.parent / "late"
        late.mkdir(exist_ok=True)
        _metadata(late / f"{project.upper()}-2.0.dist-info", project, "2.0", stale)
    elif draw < 0.24:  # only the folder's name is left of its metadata
        (site / f"{project}-1.0.dist-info" / "METADATA").unlink()
    return names


def _metadata(folder: Path, name: str, version: str, entry_points: dict[str, list[str]]) -> None:
    folder.mkdir()
    file = "PKG-INFO" if folder.suffix == ".egg-info" else "METADATA"
    (folder / file).write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = []
    for group, items in entry_points.items():
        lines += [f"[{group}]", *items, ""]
    if lines:
        (folder / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")


def _variables(rng: random.Random, names: list[str]) -> dict[str, str]:
    variables = {}
    draw = rng.random()
    if draw < 0.1:
        variables["VLLM_PLUGINS"] = ""
    elif draw < 0.45 and names:
        chosen = rng.sample(names, rng.randint(1, len(names)))
        separator = rng.choice((",", ",", ", ", ",,", ";"))
        text = separator.join(chosen)
        variables["VLLM_PLUGINS"] = rng.choice((text, text, text + ",", " " + text, text.upper()))
    elif draw < 0.5:
        variables["VLLM_PLUGINS"] = rng.choice(("nobody", ",", " ", "lora_hf_hub_resolver"))
    device = rng.choice((None,) * 6 + ("cpu", "CPU", "cuda", "cpu ", "", "rocm", "cpu,cuda"))
    if device is not None:
        variables["VLLM_TARGET_DEVICE"] = device
    return variables
