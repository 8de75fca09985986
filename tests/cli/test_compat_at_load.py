"""``vplug compat``: plugins that refuse releases, and that no release loads."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_compat import OLD_AND_NEW, matrix, project, verdicts


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
