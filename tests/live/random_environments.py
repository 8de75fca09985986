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
    "vllm.nobody_reads_this",
)
NAMES = ("alpha", "beta", "gamma", "delta", "cuda", "cpu", "01.first", "Alpha", "über")

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
    "getattr": 'def __getattr__(name):\n    if name == "target":\n        return _target\n'
    '    raise AttributeError(name)\ndef _target():\n    return "{module}.Thing"\n',
}
#: How often each is taken, where not once.
WEIGHTS = {"class": 6, "none": 6, "nothing": 2, "raises": 2, "import-missing": 2}
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
    environment = RandomEnvironment(number, [early, site])
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
        if kind in ("import-raises",):
            text = body
        (site / f"{module}.py").write_text(text, encoding="utf-8")
        if kind == "imports-own":
            (site / f"{module}_part.py").write_text("HELPER = 1\n")
        value = rng.choice(
            [f"{module}:target"] * 9 + [module, f"{module}_gone:target", "not a value"]
        )
        name = rng.choice(NAMES)
        names.append(name)
        entry_points.setdefault(rng.choice(GROUPS), []).append(f"{name} = {value}")
    _metadata(site / f"{project}-1.0.dist-info", project, "1.0", entry_points)
    if rng.random() < 0.12:  # stale metadata in front: it hides the real entry points
        stale = {"vllm.general_plugins": ["stale = os:getcwd"]} if rng.random() < 0.5 else {}
        _metadata(early / f"{project}.egg-info", project, "0.9", stale)
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
        separator = rng.choice((",", ",", ", "))
        variables["VLLM_PLUGINS"] = separator.join(chosen)
    elif draw < 0.5:
        variables["VLLM_PLUGINS"] = "nobody"
    device = rng.choice((None, None, None, None, "cpu", "CPU", "cuda", "cpu "))
    if device is not None:
        variables["VLLM_TARGET_DEVICE"] = device
    return variables
