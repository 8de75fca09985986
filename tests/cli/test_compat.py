"""``vplug compat``: verdicts, ranges, formats, exit statuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support import vplug_here

OLD_AND_NEW = """
try:
    from vllm.plugins.io_processors.interface import IOProcessor
except ImportError:
    IOProcessor = object


class Mine(IOProcessor):
    def __init__(self, vllm_config, renderer=None):
        given = () if renderer is None else (renderer,)
        super().__init__(vllm_config, *given)

    def parse_request(self, request): ...
    def output_to_response(self, plugin_output): ...
    def parse_data(self, data): ...
    def pre_process(self, prompt, request_id=None, **kwargs): ...
    def post_process(self, model_output, request_id=None, **kwargs): ...
"""
OLD = """
from vllm.plugins.io_processors.interface import IOProcessor


class Mine(IOProcessor):
    def __init__(self, vllm_config):
        super().__init__(vllm_config)

    def parse_request(self, request): ...
    def output_to_response(self, plugin_output): ...
    def pre_process(self, prompt, request_id=None, **kwargs): ...
    def post_process(self, model_output, request_id=None, **kwargs): ...
"""


def project(folder: Path, code: str, declared: str | None = None) -> Path:
    tool = f'[tool.vplug]\nvllm = "{declared}"\n' if declared is not None else ""
    (folder / "mine").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "mine"\nversion = "1.0"\n\n'
        '[project.entry-points."vllm.io_processor_plugins"]\nmine = "mine:register"\n\n' + tool
    )
    (folder / "mine" / "__init__.py").write_text(
        'def register():\n    return "mine.processor.Mine"\n'
    )
    (folder / "mine" / "processor.py").write_text(code)
    return folder


def matrix(*words: str | Path, status: int = 0) -> dict[str, Any]:
    done = vplug_here("compat", *words, "--json")
    assert done.returncode == status, done.stderr
    found = json.loads(done.stdout)
    assert found["schema"] == "vplug.compat/1"
    (target,) = found["targets"]
    return target


def verdicts(target: dict[str, Any]) -> dict[str, str]:
    return {row["vllm"]: row["verdict"] for row in target["releases"]}


def test_written_for_old_releases(tmp_path: Path) -> None:
    target = matrix(project(tmp_path, OLD))
    told = verdicts(target)
    assert told["0.10.1"] == "broken"  # nobody reads the group yet
    assert told["0.10.2"] == "ok"
    assert told["0.16.0"] == "ok"
    assert told["0.17.0"] == "broken"  # the constructor is given a renderer
    assert told["0.33.0"] == "broken"
    assert target["supported"] == ">=0.10.2,<0.17.0"
    (row,) = [row for row in target["releases"] if row["vllm"] == "0.33.0"]
    codes = {finding["code"] for finding in row["findings"]}
    assert {"VP214", "VP215"} <= codes
    for finding in row["findings"]:
        assert set(finding) == {
            "code", "verdict", "message", "path", "line", "symbol", "hint"
        }  # fmt: skip
        assert finding["path"] == "mine/processor.py"
        assert finding["line"] > 0


def test_written_for_old_and_new_releases_at_once(tmp_path: Path) -> None:
    target = matrix(project(tmp_path, OLD_AND_NEW))
    told = verdicts(target)
    assert {told[r] for r in told if told[r] != "broken"} == {"ok"}
    assert next(release for release in told if told[release] == "ok") == "0.10.2"
    assert target["supported"] == ">=0.10.2,<=" + list(told)[-1]


@pytest.mark.parametrize(
    ("takes", "does", "verdict"),
    [
        # `get_io_processor` of 0.17 looks for a parameter named renderer; its base class requires one.
        (
            "vllm_config, *args, **kwargs",
            "super().__init__(vllm_config, *args, **kwargs)",
            "broken",
        ),
        ("*args, **kwargs", "super().__init__(*args, **kwargs)", "broken"),
        ("vllm_config", "super().__init__(vllm_config)", "broken"),
        ("vllm_config", "self.vllm_config = vllm_config", "ok"),
        ("vllm_config, renderer", "super().__init__(vllm_config, renderer)", "ok"),
        ("vllm_config, renderer=None, **more", "super().__init__(vllm_config, renderer)", "ok"),
        ("vllm_config, *args", "super().__init__(vllm_config, *(args or (None,)))", "ok"),
        ("vllm_config, tokenizer", "self.vllm_config = vllm_config", "broken"),
    ],
)
def test_the_renderer_that_only_some_constructors_are_given(
    tmp_path: Path, takes: str, does: str, verdict: str
) -> None:
    code = (
        OLD.replace("self, vllm_config)", f"self, {takes})")
        .replace("super().__init__(vllm_config)", does)
        .replace("def parse_request", "def parse_data(self, data): ...\n    def parse_request")
    )
    told = verdicts(matrix(project(tmp_path, code)))
    assert told["0.17.0"] == told["0.17.1"] == verdict
    assert told["0.18.0"] == ("broken" if takes == "vllm_config" else "ok")


def test_the_renderer_through_a_base_class_of_the_plugin(tmp_path: Path) -> None:
    passes_on = (
        "    def __init__(self, vllm_config, *args, **kwargs):\n"
        "        super().__init__(vllm_config, *args, **kwargs)\n"
    )
    base = OLD_AND_NEW.replace("class Mine(", "class Base(")
    for number, (kept, verdict) in enumerate(((base, "ok"), (None, "broken"))):
        head, _, rest = base.partition("    def __init__")
        code = kept or head + passes_on + rest[rest.index("\n\n") :]
        code += f"\n\nclass Mine(Base):\n{passes_on}"
        told = verdicts(matrix(project(tmp_path / str(number), code)))
        assert told["0.17.0"] == told["0.17.1"] == verdict
        assert told["0.16.0"] == told["0.18.0"] == "ok"


def test_claims_too_much_fails(tmp_path: Path) -> None:
    target = matrix(project(tmp_path, OLD, ">=0.12,<0.18"), status=1)
    assert target["claims_too_much"] == ["0.17.0", "0.17.1"]
    assert target["claims_too_little"] == ["0.10.2", "0.11.0", "0.11.1", "0.11.2"]
    assert target["declared"] == [{"specifier": ">=0.12,<0.18", "source": "[tool.vplug]"}]


def test_a_true_claim_passes(tmp_path: Path) -> None:
    target = matrix(project(tmp_path, OLD, ">=0.10.2,<0.17"))
    assert target["claims_too_much"] == target["claims_too_little"] == []


def test_only_some_releases(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD)
    assert list(verdicts(matrix(folder, "--vllm", ">=0.15,<0.16"))) == ["0.15.0", "0.15.1"]
    assert list(verdicts(matrix(folder, "--vllm", "==0.33.0", status=1))) == ["0.33.0"]


@pytest.mark.parametrize(
    ("specifier", "message"),
    [
        (">=99", "no vLLM release from 0.7.0 to"),
        ("new", "is no version specifier"),
        ("==0.7.9", "no vLLM release from 0.7.0 to"),
        ("0.7.9", "there is no vLLM release 0.7.9"),
        ("99", "newer than the store"),
    ],
)
def test_specifiers_that_name_no_release(tmp_path: Path, specifier: str, message: str) -> None:
    done = vplug_here("compat", project(tmp_path, OLD), "--vllm", specifier)
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr
    assert "hint: " in done.stderr


def test_a_missing_target(tmp_path: Path) -> None:
    done = vplug_here("compat", tmp_path / "gone")
    assert done.returncode == 2
    assert "no such file or folder" in done.stderr


def test_a_project_without_plugins(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "mine"\nversion = "1"\n')
    assert vplug_here("compat", tmp_path).returncode == 3


def test_a_project_of_which_the_plugins_cannot_be_told(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("from build_tools import go\n\ngo(name='mine')\n")
    done = vplug_here("compat", tmp_path)
    assert done.returncode == 3
    assert "cannot tell whether" in done.stderr
    assert "setup.py calls setup() in no way that can be read" in done.stderr


def test_plugins_that_cannot_be_told_beside_others_are_noted(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text(
        "from setuptools import setup\n\nsetup(name='mine', entry_points={\n"
        "    'vllm.general_plugins': ['mine = mine:register'],\n"
        "    'vllm.stat_logger_plugins': read(),\n})\n"
    )
    (tmp_path / "mine.py").write_text("def register(): ...\n")
    (note,) = [n for n in matrix(tmp_path)["notes"] if "plugins" in n]
    assert note.startswith("cannot tell which other plugins it declares: ")


def test_a_plugin_that_is_broken_whatever_the_release(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD)
    (folder / "mine" / "__init__.py").write_text("def regster(): ...\n")
    assert set(verdicts(matrix(folder)).values()) == {"broken"}


def test_what_cannot_be_told_is_no_pass(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD)
    (folder / "mine" / "__init__.py").write_text("globals()['register'] = print\n")
    target = matrix(folder)
    assert set(verdicts(target).values()) == {"unknown"}
    assert target["supported"] is None


def test_words_and_markdown(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD, ">=0.12,<0.18")
    words = vplug_here("compat", folder).stdout
    assert "0.10.2 to 0.16.0" in words
    assert "✓ works" in words
    assert "✗ broken" in words
    assert "claims too much: broken with 0.17.0, 0.17.1" in words
    assert "→ declare >=0.10.2,<0.17.0, or mend what stands under why" in words
    assert "mine/processor.py:6:5" in words
    markdown = vplug_here("compat", folder, "--format", "markdown").stdout
    assert "| 0.10.2 to 0.16.0 | ✓ works |" in markdown


@pytest.mark.parametrize(
    ("init", "files", "code", "place"),
    [
        ("from .registry import go\n", {}, "VP114", "mine/__init__.py:1"),
        ("from .registry import go\n", {"registry.py": "G = 1\n"}, "VP114", "mine/__init__.py:1"),
        ("from .a import A\n", {"a.py": "A = 1\nfrom . import gone\n"}, "VP114", "mine/a.py:2"),
        ("from .a import A\n", {"a.py": "A = (\n"}, "VP001", "mine/a.py:1"),
        ("import mine.a.b\n", {"a/__init__.py": "A = (\n", "a/b.py": ""}, "VP001", "mine/a/__init__.py:1"),
        ("A = (\n", {}, "VP001", "mine/__init__.py:1"),
        ("", {"processor.py": "from .gone import X\n" + OLD}, "VP114", "mine/processor.py:1"),
    ],
)  # fmt: skip
def test_what_fails_within_the_plugin_breaks_it_in_every_release(
    tmp_path: Path, init: str, files: dict[str, str], code: str, place: str
) -> None:
    folder = project(tmp_path, OLD)
    entry = folder / "mine" / "__init__.py"
    entry.write_text(init + entry.read_text())
    for name, text in files.items():
        (folder / "mine" / name).parent.mkdir(exist_ok=True)
        (folder / "mine" / name).write_text(text)
    target = matrix(folder)
    assert set(verdicts(target).values()) == {"broken"}
    for row in target["releases"]:
        told = [(f["code"], f"{f['path']}:{f['line']}") for f in row["findings"]]
        assert told.count((code, place)) == 1


def test_a_module_of_its_own_for_some_releases_only(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD)
    entry = folder / "mine" / "__init__.py"
    test = "from importlib.metadata import version\nif version('vllm').startswith('0.12.'):\n"
    entry.write_text(f"{test}    from .gone import X\n{entry.read_text()}")
    told = verdicts(matrix(folder))
    assert (told["0.12.0"], told["0.11.2"], told["0.13.0"]) == ("broken", "ok", "ok")


def test_what_the_build_makes_is_no_fault(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD)
    with (folder / "pyproject.toml").open("a") as out:
        out.write('\n[tool.setuptools_scm]\nversion_file = "mine/_version.py"\n')
    entry = folder / "mine" / "__init__.py"
    entry.write_text("from ._version import version\n" + entry.read_text())
    assert verdicts(matrix(folder))["0.12.0"] == "ok"


#: A module that no release has is imported lazily: a warning everywhere.
WARNED = OLD_AND_NEW.replace(
    "def parse_data", "def lazy(self):\n        from vllm.gone import x\n\n    def parse_data"
)
#: vllm.inputs.data was there up to 0.18.1, and is imported lazily.
LATER_GONE = OLD_AND_NEW.replace(
    "    def parse_data(self, data): ...",
    "    def parse_data(self, data):\n        from vllm.inputs.data import PromptType\n"
    "        return PromptType",
)


def test_a_range_with_warnings_in_it_says_which_part_has_none(tmp_path: Path) -> None:
    folder = project(tmp_path, LATER_GONE)
    target = matrix(folder)
    told = verdicts(target)
    assert {"ok", "warn"} <= set(told.values())
    newest = list(told)[-1]
    assert target["supported"] == f">=0.10.2,<={newest}"
    last = [release for release in told if told[release] == "ok"][-1]
    after = list(told)[list(told).index(last) + 1]
    assert target["supported_without_warnings"] == f">=0.10.2,<{after}"
    words = vplug_here("compat", folder).stdout
    assert f"  works with: >=0.10.2,<={newest}\n" in words
    assert f"  without warnings: >=0.10.2,<{after}\n" in words


def test_a_range_without_warnings_says_nothing_of_them(tmp_path: Path) -> None:
    words = vplug_here("compat", project(tmp_path, OLD)).stdout
    assert "without warnings" not in words


def test_a_range_of_warnings_alone(tmp_path: Path) -> None:
    target = matrix(project(tmp_path, WARNED))
    assert target["supported"] is not None
    assert target["supported_without_warnings"] is None
    assert "without warnings: none of them" in vplug_here("compat", tmp_path).stdout


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("0.30.0", "works with: not 0.30.0: the reason stands under why"),
        (">=0.30,<0.32", "works with: none of 0.30.0 to 0.31.0: the reasons stand under why"),
    ],
)
def test_nothing_that_was_asked_about_works(tmp_path: Path, asked: str, said: str) -> None:
    folder = project(tmp_path, OLD, ">=0.10.2,<0.17")
    done = vplug_here("compat", folder, "--vllm", asked)
    assert done.returncode == 1
    assert said in done.stdout
    assert "none of the releases asked about is in the declared range" in done.stdout
    assert "no release asked about" not in done.stdout


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("0.32.0", "works with: 0.32.0, the one asked about\n"),
        (">=0.30,<0.32", "works with: 0.30.0 to 0.31.0, of those asked about\n"),
    ],
)
def test_some_releases_give_no_range_to_declare(tmp_path: Path, asked: str, said: str) -> None:
    folder = project(tmp_path, OLD_AND_NEW)
    for words in (
        vplug_here("compat", folder, "--vllm", asked).stdout,
        markdown_of(folder, "--vllm", asked),
    ):
        assert said in words
        assert "[tool.vplug] vllm =" not in words
        assert "asked without --vllm, compat tells a range to declare" in words
    assert "[tool.vplug] vllm =" in vplug_here("compat", folder).stdout


def test_some_releases_of_which_some_warn(tmp_path: Path) -> None:
    folder = project(tmp_path, LATER_GONE)
    told = verdicts(matrix(folder))
    first = next(release for release in told if told[release] == "warn")
    words = vplug_here("compat", folder, "--vllm", f"=={first}").stdout
    assert f"works with: {first}, the one asked about\n" in words
    assert "without warnings: none of them" in words


def test_a_pin_to_a_build_is_read_as_its_release(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD, "==0.30.0+cpu")
    done = vplug_here("compat", folder)
    assert done.returncode == 1
    assert "declared ==0.30.0+cpu is read as 0.30.0: the local part 'cpu'" in done.stdout
    assert "claims too much: broken with 0.30.0" in done.stdout
    assert "contracts update" not in done.stdout


def test_nothing_can_be_told(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD)
    (folder / "mine" / "__init__.py").write_text("globals()['register'] = print\n")
    words = vplug_here("compat", folder).stdout
    assert "works with: cannot be told of 0.7.0 to " in words


def test_a_declared_range_beyond_the_store(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD_AND_NEW, ">=99")
    done = vplug_here("compat", folder)
    assert done.returncode == 0
    assert "declared >=99 ([tool.vplug]): no vLLM release from 0.7.0 to" in done.stdout
    assert "vplug contracts update" in done.stdout
    assert "claims too little" not in done.stdout


def test_every_plugin_of_a_shared_column_is_named(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD)
    text = (folder / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(
        text.replace(
            'mine = "mine:register"\n', 'mine = "mine:register"\nother = "mine:register"\n'
        )
    )
    for words in (vplug_here("compat", folder).stdout, markdown_of(folder)):
        assert "mine and 1 more: mine, other" in words


def markdown_of(*words: str | Path) -> str:
    return vplug_here("compat", *words, "--format", "markdown").stdout


def test_wide_tells_every_cause(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD)
    short, wide = (vplug_here("compat", folder, *more).stdout for more in ([], ["--wide"]))
    assert "(+1 more)" in short
    assert "--wide tells every cause" in short
    assert "more)" not in wide
    assert "--wide" not in wide
    causes = {
        (finding["code"], finding["message"])
        for row in matrix(folder)["releases"]
        for finding in row["findings"]
    }
    assert len(causes) > 2
    for code, message in causes:
        assert f"{code} {message}" in wide
    assert "more)" not in markdown_of(folder, "-w")


def test_several_targets(tmp_path: Path) -> None:
    old, new = project(tmp_path / "old", OLD), project(tmp_path / "new", OLD_AND_NEW)
    done = vplug_here("compat", old, new, "--json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert [target["target"] for target in found["targets"]] == [str(old), str(new)]
    assert found["errors"] == []
    words = vplug_here("compat", old, new).stdout
    assert words.index("works with: >=0.10.2,<0.17.0") < words.index("works with: >=0.10.2,<=")


def test_one_bad_target_does_not_hide_the_others(tmp_path: Path) -> None:
    good = project(tmp_path / "good", OLD)
    (tmp_path / "bad.whl").write_bytes(b"no zip")
    done = vplug_here("compat", tmp_path / "gone", good, tmp_path / "bad.whl", "--json")
    assert done.returncode == 4
    found = json.loads(done.stdout)
    assert [target["target"] for target in found["targets"]] == [str(good)]
    assert [row["status"] for row in found["errors"]] == [2, 4]
    assert str(tmp_path / "gone") in done.stderr
    assert "bad.whl" in done.stderr
    for form in ("markdown", "sarif", "github", "junit", "text"):
        done = vplug_here("compat", good, tmp_path / "bad.whl", "--format", form)
        assert done.returncode == 4
        assert form == "text" or "bad.whl" in done.stdout
        assert "bad.whl" in done.stderr


def test_nothing_but_a_bad_target_is_a_whole_document(tmp_path: Path) -> None:
    done = vplug_here("compat", tmp_path / "gone", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["targets"] == []
    assert done.stderr.count("error: ") == 1


def test_the_current_folder_is_the_default(tmp_path: Path) -> None:
    done = vplug_here("compat", "--json", cwd=project(tmp_path, OLD))
    assert [target["target"] for target in json.loads(done.stdout)["targets"]] == ["."]


@pytest.mark.parametrize(
    ("asked", "release", "note"),
    [
        ("0.32.0+cpu", "0.32.0", "0.32.0+cpu is read as 0.32.0"),
        ("0.32.1.dev5+gabc", "0.32.0", "is a development build; the nearest release is 0.32.0"),
        ("0.32.0", "0.32.0", None),
    ],
)
def test_a_build_of_a_release_is_said_to_be_read_as_it(
    tmp_path: Path, asked: str, release: str, note: str | None
) -> None:
    done = vplug_here("compat", project(tmp_path, OLD_AND_NEW), "--vllm", asked, "--json")
    found = json.loads(done.stdout)
    assert [row["vllm"] for row in found["targets"][0]["releases"]] == [release]
    assert (found["vllm_note"] is None) is (note is None)
    assert note is None or (
        note in found["vllm_note"] and f"note: {found['vllm_note']}" in done.stderr
    )


def test_the_hint_names_where_the_newest_broken_release_has_a_lost_name(tmp_path: Path) -> None:
    code = OLD_AND_NEW + "from vllm.inputs.data import PromptType\n"
    words = vplug_here("compat", project(tmp_path, code), "--vllm", ">=0.20,<0.30").stdout
    assert "→ vLLM 0.29.0 has vllm.PromptType" in words


def test_a_class_of_another_base_is_no_clean_pass(tmp_path: Path) -> None:
    text = project(tmp_path, OLD) / "pyproject.toml"
    text.write_text(text.read_text().replace("io_processor_plugins", "platform_plugins"))
    (tmp_path / "mine" / "processor.py").write_text(
        "class Mine:\n    def is_cuda(self): ...\n    def is_cpu(self): ...\n"
    )
    target = matrix(tmp_path)
    assert set(verdicts(target).values()) == {"warn"}
    assert {f["code"] for row in target["releases"] for f in row["findings"]} == {"VP205"}


def test_dependencies_that_are_computed_are_not_called_none(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD)
    (folder / "pyproject.toml").write_text("")
    (folder / "setup.py").write_text(
        "from setuptools import setup\nsetup(name='mine', version='1', packages=['mine'],\n"
        "install_requires=needed(), entry_points={'vllm.io_processor_plugins': ['mine=mine:register']})\n"
    )
    words = vplug_here("compat", folder).stdout
    assert "declared:  cannot tell: `needed()` is computed when the file runs" in words
    words = vplug_here("inspect", folder).stdout
    assert "requires:" not in words
    assert "none declared" not in words.partition("licence")[0]
    assert "cannot tell dependencies" in words
