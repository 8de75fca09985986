"""Making a project: what it holds, and that nothing is lost and nothing left behind."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vplug.errors import UsageFault, VplugError
from vplug.probe.live_settings import live_settings
from vplug.scaffold import (
    TYPES,
    Answers,
    PluginType,
    TypeOption,
    Variant,
    find_type,
    placing,
    scaffold,
    templates,
)

if TYPE_CHECKING:
    from collections.abc import Callable

GENERAL = find_type("general")
IO_PROCESSOR = find_type("io-processor")

pytestmark = pytest.mark.usefixtures("home")


def project_table(folder: Path) -> dict[str, Any]:
    with (folder / "pyproject.toml").open("rb") as stream:
        table = tomllib.load(stream)
    return {**table["project"], "vplug": table["tool"]["vplug"]}


def test_the_answers_reach_the_metadata(tmp_path: Path) -> None:
    answers = Answers(
        "Acme.Embed",
        package="acme_texts",
        plugin_name="01.acme",
        description='Says "hi" \\ and {{ 7 * 7 }} 😀',
        author='Ada "A." Löve',
        email="ada@example.org",
    )
    made = scaffold(IO_PROCESSOR, answers, tmp_path)
    assert made.destination == tmp_path / "Acme.Embed"
    project = project_table(made.destination)
    assert project["name"] == "Acme.Embed"
    assert project["description"] == answers.description
    assert project["authors"] == [{"name": answers.author, "email": answers.email}]
    assert project["entry-points"] == {
        "vllm.io_processor_plugins": {"01.acme": "acme_texts.plugin:register"}
    }
    assert project["requires-python"] == ">=3.11"
    assert project["vplug"] == {
        "vllm": IO_PROCESSOR.vllm,
        "verify": {"plugins": {"01.acme": {"data": {"texts": ["t1 t2"]}}}},
    }
    assert project["optional-dependencies"] == {"vllm": [f"vllm{IO_PROCESSOR.vllm}"]}
    assert (made.destination / "src" / "acme_texts" / "processor.py").is_file()
    assert answers.description in (made.destination / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_what_verify_is_told_is_told_of_its_own_plugin(kind: PluginType, tmp_path: Path) -> None:
    made = scaffold(kind, Answers("acme-thing", plugin_name="things"), tmp_path)
    settings = live_settings(
        project_table(made.destination)["vplug"].get("verify", {}), "pyproject"
    )
    assert set(settings.plugins) <= {"things"}
    assert all(value for value in settings.plugins.values())


def test_without_an_author_there_is_no_authors_field(tmp_path: Path) -> None:
    made = scaffold(GENERAL, Answers("acme"), tmp_path)
    assert "authors" not in project_table(made.destination)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (Answers("acme", description="two\nlines"), "the description holds a line break"),
        (Answers("acme", author="x" * 201), "the author's name has 201 characters"),
        (Answers("acme", email="nobody"), "'nobody' is not an email address"),
        (Answers("acme", options={"colour": "red"}), "type general has no option 'colour'"),
        (Answers("3d"), "'3d' cannot be the import package"),
        (Answers("cpu"), "'cpu' cannot be the plugin's name"),
    ],
)
def test_wrong_answers_are_refused_and_write_nothing(
    answers: Answers, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageFault, match=reason):
        scaffold(GENERAL, answers, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_existing_folder_is_refused_and_left_alone(
    tmp_path: Path, below: Callable[[Path], list[str]]
) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "mine.txt").touch()
    with pytest.raises(UsageFault, match="exists already") as caught:
        scaffold(GENERAL, Answers("acme"), tmp_path)
    assert "--force" in (caught.value.hint or "")
    assert below(tmp_path / "acme") == ["mine.txt"]


def test_force_keeps_every_file_that_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    scaffold(GENERAL, Answers("acme"), tmp_path)
    licence = (folder / "LICENSE").read_bytes()
    (folder / "README.md").write_text("mine", encoding="utf-8")
    (folder / "notes.txt").write_text("mine too", encoding="utf-8")
    (folder / "pyproject.toml").unlink()

    made = scaffold(GENERAL, Answers("acme"), tmp_path, force=True)

    status = {str(file.path): (file.status, str(file.written_as)) for file in made.files}
    assert status["README.md"] == ("beside", "README.md.vplug-new")
    assert status["pyproject.toml"] == ("written", "pyproject.toml")
    assert status["LICENSE"] == ("unchanged", "None")
    assert (folder / "README.md").read_text(encoding="utf-8") == "mine"
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine too"
    assert (folder / "README.md.vplug-new").read_text(encoding="utf-8").startswith("# acme")
    assert (folder / "LICENSE").read_bytes() == licence


def test_force_again_neither_repeats_nor_overwrites_what_lies_beside(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    scaffold(GENERAL, Answers("acme"), tmp_path)
    (folder / "README.md").write_text("mine", encoding="utf-8")
    scaffold(GENERAL, Answers("acme"), tmp_path, force=True)
    again = scaffold(GENERAL, Answers("acme"), tmp_path, force=True)
    assert not [file for file in again.files if file.written_as]
    (folder / "README.md.vplug-new").write_text("merged by hand", encoding="utf-8")
    third = scaffold(GENERAL, Answers("acme"), tmp_path, force=True)
    assert [str(file.written_as) for file in third.files if file.written_as] == [
        "README.md.vplug-new.2"
    ]
    assert (folder / "README.md.vplug-new").read_text(encoding="utf-8") == "merged by hand"


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "acme").symlink_to(outside)
    with pytest.raises(UsageFault, match="is a symbolic link"):
        scaffold(GENERAL, Answers("acme"), tmp_path, force=True)
    (tmp_path / "acme").unlink()
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "src").symlink_to(outside)
    with pytest.raises(UsageFault, match="src is not a folder"):
        scaffold(GENERAL, Answers("acme"), tmp_path, force=True)
    assert not list(outside.iterdir())
    assert [path.name for path in (tmp_path / "acme").iterdir()] == ["src"]


def test_a_link_in_a_files_place_is_kept(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "README.md").symlink_to(tmp_path / "missing.md")
    scaffold(GENERAL, Answers("acme"), tmp_path, force=True)
    assert (tmp_path / "acme" / "README.md").is_symlink()
    assert not (tmp_path / "missing.md").exists()
    assert (tmp_path / "acme" / "README.md.vplug-new").is_file()


@pytest.mark.parametrize("output_dir", ["acme", "file", "file/below"])
def test_a_file_in_the_way_is_named(tmp_path: Path, output_dir: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "acme").touch()
    target = tmp_path if output_dir == "acme" else tmp_path / output_dir
    with pytest.raises(UsageFault, match="is a file"):
        scaffold(GENERAL, Answers("acme"), target)


def test_a_folder_that_cannot_be_written_to_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Told, not made so: the tests may run as a user whom no permission stops.
    monkeypatch.setattr(placing.os, "access", lambda path, mode: False)
    with pytest.raises(VplugError, match="cannot be written to") as caught:
        scaffold(GENERAL, Answers("acme"), tmp_path)
    assert caught.value.hint


def test_a_failing_render_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise VplugError("no")

    monkeypatch.setattr(templates, "render", fail)
    with pytest.raises(VplugError):
        scaffold(GENERAL, Answers("acme"), tmp_path / "deep" / "er")
    assert not (tmp_path / "deep").exists()


def test_a_disk_that_refuses_half_way_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: Callable[[Path], list[str]]
) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "README.md").write_text("mine", encoding="utf-8")
    read_bytes, read = Path.read_bytes, 0

    def read_some(path: Path) -> bytes:
        nonlocal read
        read += ".vplug-" in str(path.parents[1]) or "/.vplug-" in str(path)
        if read > 8:
            raise OSError(28, "No space left on device")
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", read_some)
    with pytest.raises(VplugError, match="No space left on device"):
        scaffold(GENERAL, Answers("acme"), tmp_path, force=True)
    monkeypatch.undo()
    assert below(tmp_path / "acme") == ["README.md"]
    assert [path.name for path in (tmp_path / "acme").iterdir()] == ["README.md"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["acme", "home"]


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    made = scaffold(GENERAL, Answers("acme"), tmp_path / "out", dry_run=True)
    assert made.dry_run
    assert made.files
    assert not (tmp_path / "out").exists()


def test_files_are_writable_whatever_the_templates_are(tmp_path: Path) -> None:
    made = scaffold(GENERAL, Answers("acme"), tmp_path)
    for path in made.destination.rglob("*"):
        assert path.stat().st_mode & 0o200, path


def made_up_type(root: Path, **options: str) -> PluginType:
    """A type with a template of two files over a made-up common one."""
    common = root / "_common" / templates.PROJECT
    own = root / "mine" / templates.PROJECT
    for folder in (common, own):
        folder.mkdir(parents=True)
    (common / "a.txt").write_text("common {{ cookiecutter.distribution }}\n")
    (common / "b.txt").write_text("common\n")
    (own / "b.txt").write_text("own {{ cookiecutter.colour }}\n")
    real = templates.templates_root() / "_common" / "cookiecutter.json"
    (root / "_common" / "cookiecutter.json").write_bytes(real.read_bytes())
    (root / "mine" / "cookiecutter.json").write_text('{"colour": "red"}')
    return PluginType(
        name="mine",
        summary="",
        group="vllm.general_plugins",
        vllm=">=1,<2",
        description="d",
        options=tuple(TypeOption(name, value, "?") for name, value in options.items()),
    )


def test_a_types_files_win_and_its_options_are_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = made_up_type(tmp_path / "templates", colour="green")
    monkeypatch.setattr(templates, "templates_root", lambda: tmp_path / "templates")
    one = scaffold(mine, Answers("acme"), tmp_path / "one").destination
    two = scaffold(mine, Answers("acme", options={"colour": "blue"}), tmp_path / "two").destination
    assert (one / "a.txt").read_text() == "common acme\n"
    assert (one / "b.txt").read_text() == "own green\n"
    assert (two / "b.txt").read_text() == "own blue\n"


def test_a_variants_files_win_over_the_types(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "templates"
    mine = replace(
        made_up_type(root, colour="green"),
        variants=(Variant("plain", "", "plainly"), Variant("big", "", "bigly")),
    )
    for name in ("plain", "big"):
        folder = root / "mine" / "variants" / name / templates.PROJECT
        folder.mkdir(parents=True)
        (folder / "c.txt").write_text(f"{name} {{{{ cookiecutter.description }}}}\n")
    (folder / "b.txt").write_text("the variant's\n")
    monkeypatch.setattr(templates, "templates_root", lambda: root)
    one = scaffold(mine, Answers("acme"), tmp_path / "one").destination
    two = scaffold(mine, Answers("acme", variant="BIG"), tmp_path / "two").destination
    assert (one / "c.txt").read_text() == "plain plainly\n"
    assert (two / "c.txt").read_text() == "big bigly\n"
    assert (one / "b.txt").read_text() == "own green\n"
    assert (two / "b.txt").read_text() == "the variant's\n"
    assert (two / "a.txt").read_text() == "common acme\n"


def test_an_unknown_variant_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="type general has no variant 'text'") as caught:
        scaffold(GENERAL, Answers("acme", variant="text"), tmp_path)
    assert caught.value.hint == "it has none: leave --variant away"
    with pytest.raises(UsageFault, match="no variant 'sound'") as caught:
        scaffold(IO_PROCESSOR, Answers("acme", variant="sound"), tmp_path)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("its variants are: text")
    assert not (tmp_path / "acme").exists()


@pytest.mark.parametrize("plugin_type", TYPES, ids=[found.name for found in TYPES])
def test_each_variant_is_a_folder(plugin_type: PluginType) -> None:
    folder = templates.templates_root() / plugin_type.name / "variants"
    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    assert there == sorted(variant.name for variant in plugin_type.variants)


def test_a_template_and_vplug_that_disagree_on_variables_are_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = made_up_type(tmp_path / "templates")
    monkeypatch.setattr(templates, "templates_root", lambda: tmp_path / "templates")
    with pytest.raises(VplugError, match="disagree on its variables: colour"):
        scaffold(mine, Answers("acme"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_broken_template_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = made_up_type(tmp_path / "templates", colour="red")
    broken = tmp_path / "templates" / "mine" / templates.PROJECT / "c.txt"
    broken.write_text("{{ cookiecutter.unheard_of }}")
    monkeypatch.setattr(templates, "templates_root", lambda: tmp_path / "templates")
    with pytest.raises(VplugError, match="the template mine cannot be rendered"):
        scaffold(mine, Answers("acme"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["io-processor", "io_processor", "IO-Processor", " general "])
def test_types_are_found(name: str) -> None:
    assert find_type(name).name in {"io-processor", "general"}


def test_an_unknown_type_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageFault) as caught:
        find_type("io-procesor")
    assert caught.value.hint == "did you mean io-processor?"
    with pytest.raises(UsageFault) as caught:
        find_type("xyzzy")
    assert caught.value.hint == f"the types are: {', '.join(found.name for found in TYPES)}"
