"""Random environments of plugins: succeeding, raising, returning nonsense, doubled, hidden, misnamed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.live.plugin_bodies import BODIES, PARTS, WEIGHTS, WHOLE

GROUPS = (
    *("vllm.general_plugins",) * 2,
    *("vllm.platform_plugins",) * 6,
    "vllm.io_processor_plugins",
    "vllm.stat_logger_plugins",
    "vllm.endpoint_plugins",
    "vllm.logits_processors",
    "vllm.nobody_reads_this",
)
NAMES = (
    "alpha", "beta", "gamma", "delta", "cuda", "cpu", "tpu", "rocm", "xpu", "01.first", "Alpha", "über",
    "two words", "lora_filesystem_resolver", "with,comma", "a:colon", "[brackets]", "neuron", "hpu",
)  # fmt: skip

VERSIONS = (
    "0.32.0+cpu", "0.32.0+cpu", "0.32.0+cpu", "0.32.0", "0.16.0+cpu", "0.28.0",
    "0.32.1.dev3+g12ab34c.cpu", "0.32.0+cu129", "dev+cpu",
)  # fmt: skip


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
    for index in range(rng.choice((0, 1, 2, 2, 3, 3, 4, 6))):
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
    names: list[str] = []
    files = []
    for count in range(rng.choice((1, 1, 1, 2, 3))):
        kinds = list(BODIES)
        kind = rng.choices(kinds, [WEIGHTS.get(item, 1) for item in kinds])[0]
        module = f"{project}_m{count}"
        as_package = rng.random() < 0.25
        if as_package:  # the target lies in a module of a package, or is handed on by it
            module = f"{module}.{rng.choice(('plugin', 'deep.plugin'))}"
        body = BODIES[kind].replace("{module}", module)
        text = f"{body}\n\nclass Thing:\n    pass\n"
        if kind in WHOLE:
            text = body
        encoding = "latin-1" if kind == "other-encoding" else "utf-8"
        files += _write(site, module, text, encoding, rng)
        if kind in PARTS:
            part = PARTS[kind].replace("{module}", module)
            files += _write(site, f"{module}_part", part, "utf-8", rng)
        value = rng.choice(
            [f"{module}:target"] * 16
            + [module, f"{module}_gone:target", f"{module}.gone:target", "not a value", ""]
            + [f"{module} : target", f"{module}:target [extra]", f"{module}:Thing.gone"]
            + [f"{module}:target[extra]", f"{module}:target.__call__", f"{module}:", ":target"]
            + [
                f"{module}::target",
                f"{module}:target;x",
                f"{module}-x:target",
                f"  {module}:target  ",
            ]
        )
        # One name twice in a distribution: the later line counts.
        again = bool(names) and rng.random() < 0.15
        name = rng.choice(names) if again else rng.choice(NAMES)
        names.append(name)
        group = rng.choice(list(entry_points)) if again else rng.choice(GROUPS)
        sign = rng.choice((" = ", " = ", "=", "\t=\t"))
        entry_points.setdefault(group, []).append(f"{name}{sign}{value}")
    info = site / f"{project}-1.0.dist-info"
    _metadata(info, project, "1.0", entry_points)
    if rng.random() < 0.7:
        rows = [*files, *(f"{info.name}/{path.name}" for path in info.iterdir())]
        (info / "RECORD").write_text("".join(f"{row},,\n" for row in rows))
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


def _write(site: Path, module: str, text: str, encoding: str, rng: random.Random) -> list[str]:
    """Write a module and the packages above it; the names of the files."""
    *packages, leaf = module.split(".")
    folder, written = site, []
    for package in packages:
        folder /= package
        folder.mkdir(exist_ok=True)
        if rng.random() < 0.8 and not (folder / "__init__.py").exists():  # else a namespace
            (folder / "__init__.py").write_text("")
            written.append(folder / "__init__.py")
    (folder / f"{leaf}.py").write_text(text, encoding=encoding)
    written.append(folder / f"{leaf}.py")
    return [path.relative_to(site).as_posix() for path in written]


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
        separator = rng.choice((",", ",", ",", ", ", ",,", ";", "\n"))
        text = separator.join(chosen)
        variables["VLLM_PLUGINS"] = rng.choice((text, text, text + ",", " " + text, text.upper()))
    elif draw < 0.5:
        variables["VLLM_PLUGINS"] = rng.choice(
            ("nobody", ",", " ", "*", "None", "lora_hf_hub_resolver", "vllm.platform_plugins")
        )
    device = rng.choice(
        (None,) * 9 + ("cpu", "CPU", "Cpu", "cuda", "cpu ", "", "rocm", "cpu,cuda", "no-such")
    )
    if device is not None:
        variables["VLLM_TARGET_DEVICE"] = device
    return variables
