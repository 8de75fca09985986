"""Wheels and sdists, read in place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from vplug.discovery.metadata import build_distribution, parse_entry_points
from vplug.discovery.project import METADATA_FILES, read_project
from vplug.discovery.target import Declaration, Root, Target
from vplug.discovery.tree import SubTree, TarTree, Tree, ZipTree, decode
from vplug.errors import Unreadable
from vplug.model import EntryPoint, Origin, OriginKind, Undecided

SDIST_SUFFIXES = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar")


def read_wheel(path: Path, label: str) -> Target:
    """Return the wheel at ``path``.

    Raises:
        Unreadable: no zip, truncated, unsafe, or without a METADATA file.
    """
    tree = ZipTree(path)
    infos = [name for name in tree.listdir("") if name.endswith(".dist-info")]
    if len(infos) > 1:
        raise Unreadable(f"{label} has more than one *.dist-info folder: {', '.join(infos)}")
    if not infos or not tree.is_file(f"{infos[0]}/METADATA"):
        raise Unreadable(
            f"{label} has no *.dist-info/METADATA: it is no wheel that an installer takes",
            "build it again with `vplug build`",
        )
    info = infos[0]
    # Metadata of old tools is not always UTF-8; its names and versions are ASCII all the same.
    metadata = tree.read(f"{info}/METADATA").decode("utf-8", errors="replace")
    entry_points = []
    declared_in = f"{info}/entry_points.txt"
    if tree.is_file(declared_in):
        text = decode(tree.read(declared_in), declared_in)
        entry_points = parse_entry_points(text, declared_in)
    distribution = build_distribution(metadata, entry_points, Origin(OriginKind.WHEEL, label))
    data = f"{info.removesuffix('.dist-info')}.data"
    roots = (
        Root(tree),
        *(
            Root(tree, f"{data}/{lib}")
            for lib in ("purelib", "platlib")
            if tree.is_dir(f"{data}/{lib}")
        ),
    )
    return Target(
        label=label,
        kind=OriginKind.WHEEL,
        distribution=distribution,
        tree=tree,
        roots=roots,
        own_roots=len(roots),
        declarations=(Declaration(declared_in, distribution.entry_points, distribution.scripts),),
    )


def read_sdist(path: Path, label: str) -> Target:
    """Return the sdist at ``path``, read as the project it holds.

    What its build files compute is taken from its PKG-INFO and ``*.egg-info`` where they carry it:
    those were computed when the sdist was made.

    Raises:
        Unreadable: no archive, truncated, unsafe, or not one folder with a project in it.
    """
    tree: Tree = ZipTree(path) if path.suffix.lower() == ".zip" else TarTree(path)
    tops = [name for name in tree.listdir("") if tree.is_dir(name)]
    holding = [top for top in tops if any(tree.is_file(f"{top}/{name}") for name in METADATA_FILES)]
    if len(holding) != 1:
        raise Unreadable(
            f"{label} is no sdist: it has no single top folder with a pyproject.toml or setup.py"
        )
    project = SubTree(tree, holding[0])
    target = read_project(project, label, OriginKind.SDIST)
    return _with_computed_metadata(target, project)


def _with_computed_metadata(target: Target, tree: Tree) -> Target:
    if not tree.is_file("PKG-INFO"):
        return target
    text = tree.read("PKG-INFO").decode("utf-8", errors="replace")
    known = build_distribution(text, [], target.distribution.origin)
    ours = target.distribution
    ours = replace(
        ours,
        name=known.name or ours.name,
        version=known.version or ours.version,
        requires=known.requires or ours.requires,
        requires_python=known.requires_python or ours.requires_python,
        summary=known.summary or ours.summary,
        license=known.license or ours.license,
        readme=known.readme or ours.readme,
        homepage=known.homepage or ours.homepage,
    )
    told = {
        "name",
        "version",
        "dependencies",
        "requires-python",
        "description",
        "license",
        "readme",
    }
    undecided: tuple[Undecided, ...] = tuple(
        item for item in target.undecided if item.what not in told
    )
    declarations = target.declarations
    if target.undecided_about("entry-points") is not None:
        built = _egg_info_entry_points(tree)
        if built is not None:
            path, entry_points = built
            whole = build_distribution(None, entry_points, ours.origin)
            ours = replace(ours, entry_points=whole.entry_points, scripts=whole.scripts)
            declarations = (*declarations, Declaration(path, whole.entry_points, whole.scripts))
            undecided = tuple(item for item in undecided if item.what != "entry-points")
    return replace(target, distribution=ours, undecided=undecided, declarations=declarations)


def _egg_info_entry_points(tree: Tree) -> tuple[str, list[EntryPoint]] | None:
    for base in ("", "src"):
        for name in tree.listdir(base):
            path = f"{base}/{name}/entry_points.txt" if base else f"{name}/entry_points.txt"
            if name.endswith(".egg-info") and tree.is_file(path):
                return path, parse_entry_points(decode(tree.read(path), path), path)
    return None
