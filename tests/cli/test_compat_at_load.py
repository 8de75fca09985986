"""``vplug compat``: plugins that refuse releases, and that no release loads."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_compat import OLD_AND_NEW, matrix, project, verdicts
from tests.support import vplug_here


def test_releases_that_the_plugin_itself_refuses(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD_AND_NEW)
    (folder / "mine" / "__init__.py").write_text(
        "import vllm\nfrom packaging.version import Version\n\n\ndef register():\n"
        "    oldest, current = Version('0.12.0'), Version(vllm.__version__)\n"
        "    if current < oldest or current >= Version('0.17.0'):\n"
        "        raise RuntimeError('not made for it')\n"
        '    return "mine.processor.Mine"\n'
    )
    target = matrix(folder)
    told = verdicts(target)
    assert [told[r] for r in ("0.11.2", "0.12.0", "0.16.0", "0.17.0")] == [
        "broken", "ok", "ok", "broken",
    ]  # fmt: skip
    assert target["supported"] == ">=0.12.0,<0.17.0"
    (row,) = [row for row in target["releases"] if row["vllm"] == "0.17.0"]
    assert ("VP222", "mine/__init__.py", 8) in {
        (f["code"], f["path"], f["line"]) for f in row["findings"]
    }


def test_group_that_no_release_reads(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD_AND_NEW)
    metadata = folder / "pyproject.toml"
    metadata.write_text(metadata.read_text().replace("io_processor_plugins", "io_processor"))
    target = matrix(folder)
    assert set(verdicts(target).values()) == {"broken"}
    (finding,) = target["releases"][-1]["findings"]
    assert finding["code"] == "VP101"
    assert finding["hint"] == "did you mean 'vllm.io_processor_plugins'?"


def test_syntax_of_a_newer_python_cannot_be_told_of(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD_AND_NEW)
    metadata = folder / "pyproject.toml"
    text = metadata.read_text()
    metadata.write_text(text.replace("[project]\n", '[project]\nrequires-python = ">=3.99"\n', 1))
    (folder / "mine" / "__init__.py").write_text("a syntax of those days\n\ndef register(): ...\n")
    target = matrix(folder)
    assert set(verdicts(target).values()) == {"unknown"}
    metadata.write_text(text)
    assert set(verdicts(matrix(folder)).values()) == {"broken"}


def test_what_the_author_asked_not_to_be_told_breaks_nothing(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD_AND_NEW)
    code = folder / "mine" / "__init__.py"
    text = "from vllm.gone import thing{}\n\n\ndef register():\n    return 'mine.processor.Mine'\n"
    code.write_text(text.format(""))
    assert set(verdicts(matrix(folder)).values()) == {"broken"}
    code.write_text(text.format("  # vplug: ignore[VP210]"))
    by_comment = matrix(folder)
    assert verdicts(by_comment)["0.33.0"] == "ok"
    assert "kept quiet by ignore comments or [tool.vplug]: VP210" in by_comment["notes"]
    code.write_text(text.format(""))
    with (folder / "pyproject.toml").open("a") as metadata:
        metadata.write('\n[tool.vplug]\nignore = ["missing-import"]\n')
    assert verdicts(matrix(folder)) == verdicts(by_comment)


def large_project(folder: Path, registered: str) -> Path:
    """A package that imports a hundred modules of its own, and registers a model by ``registered``."""
    mine = folder / "mine"
    (mine / "parts").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "mine"\nversion = "1.0"\n\n'
        '[project.entry-points."vllm.general_plugins"]\nmine = "mine:register"\n'
    )
    (mine / "parts" / "__init__.py").write_text("")
    for number in range(101):
        (mine / "parts" / f"m{number}.py").write_text("")
    (mine / "__init__.py").write_text(
        "from vllm.model_executor.models.registry import ModelRegistry\n"
        + "".join(f"from mine.parts import m{number}\n" for number in range(101))
        + f"\n\ndef register():\n    ModelRegistry.register_model('Mine', {registered})\n"
    )
    (mine / "model.py").write_text(
        "from vllm.model_executor.models.terratorch import Terratorch\n\n\n"
        "class Mine(Terratorch): ...\n"
    )
    return folder


def test_class_registered_after_one_that_brings_many_modules(tmp_path: Path) -> None:
    folder = large_project(tmp_path, "'mine.first:First'")
    mine = folder / "mine"
    (mine / "__init__.py").write_text(
        "from vllm.model_executor.models.registry import ModelRegistry\n\n\ndef register():\n"
        "    ModelRegistry.register_model('First', 'mine.first:First')\n"
        "    ModelRegistry.register_model('Mine', 'mine.model:Mine')\n"
    )
    (mine / "first.py").write_text(
        "".join(f"from mine.parts import m{number}\n" for number in range(20))
        + "\n\nclass First: ...\n"
    )
    told = verdicts(matrix(folder))
    assert told["0.10.1"] == "warn"
    assert told["0.10.2"] == "ok"


def test_class_that_a_large_plugin_registers_by_name(tmp_path: Path) -> None:
    # vllm/model_executor/models/terratorch.py came with 0.10.2.
    told = verdicts(matrix(large_project(tmp_path, "'mine.model:Mine'")))
    assert told["0.10.1"] == "warn"
    assert told["0.10.2"] == "ok"


def test_class_that_a_large_plugin_registers_by_a_name_put_together(tmp_path: Path) -> None:
    folder = large_project(tmp_path, "__name__ + '.model:' + 'Mine'")
    done = vplug_here("validate", folder, "--vllm", "0.9.2", "--select", "VP21", "--json")
    (finding,) = json.loads(done.stdout)["targets"][0]["findings"]
    assert (finding["code"], finding["severity"], finding["location"]["path"]) == (
        "VP212", "info", "mine/model.py",
    )  # fmt: skip
