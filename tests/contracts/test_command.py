"""`vplug contracts`: what it prints, and its exit statuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.contracts.test_index import Index, nowhere, sdist, server
from tests.support import vplug, vplug_here

from vplug.contracts import place

__all__ = ["nowhere", "server"]


@pytest.mark.parametrize("command", ["list", "show", "diff", "add", "update", "make"])
def test_each_has_help_with_an_example(command: str) -> None:
    done = vplug_here("contracts", command, "--help")
    assert done.returncode == 0
    assert f" vplug contracts {command}" in done.stdout.partition("Example:")[2]


def test_list(tmp_path: Path) -> None:
    done = vplug_here("contracts", "list", "--json", VPLUG_DATA_DIR=str(tmp_path))
    data = json.loads(done.stdout)
    assert data["schema"] == "vplug.contracts/1"
    assert data["releases"][0]["release"] == "0.7.0"
    assert all(len(row["sha256"]) == 64 for row in data["releases"])
    table = vplug_here("contracts", "list", VPLUG_DATA_DIR=str(tmp_path))
    assert table.stdout.splitlines()[1].split() == ["0.7.0", "sdist", ">=3.9"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["0.33.0", "IOProcessor"], "parse_data  method  (self, data)  raises"),
        (["0.33.0", "vllm.platforms.Platform"], "class: vllm.platforms.interface.Platform"),
        (["0.33.0", "vllm.ModelRegistry.register_model"], "duplicate: overwrites"),
        (["0.33.0", "vllm.config.VllmConfig"], "definition: vllm.config.vllm.VllmConfig"),
        (["0.33.0", "vllm.tasks"], "module: vllm.tasks"),
        (["0.33.0", "Platform.validate_request"], "same: 0.17.0 to 0.33.0 (25)"),
        (["0.33.0", "vllm.platforms.Platform.get_attn_backend_cls"],
         "member: vllm.platforms.interface.Platform.get_attn_backend_cls"),
        (["0.33.0"], "vllm.general_plugins"),
    ],
)  # fmt: skip
def test_show(tmp_path: Path, arguments: list[str], expected: str) -> None:
    done = vplug_here("contracts", "show", *arguments, VPLUG_DATA_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout
    shown = vplug_here("contracts", "show", *arguments, "--json", VPLUG_DATA_DIR=str(tmp_path))
    assert json.loads(shown.stdout)["release"] == "0.33.0"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["show", "0.33.0", "vllm.utils.FlexibleArgumentParser"], 3, "vllm.utils.argparse_utils"),
        (["show", "0.33.0", "vllm.envs.VLLM_USE_V1"], 3, "0.7.0 to 0.11.0"),
        (["show", "0.33.0", "nothing"], 3, "has no nothing"),
        (["show", "0.33.0", "Platfrm"], 3, "did you mean Platform"),
        (
            ["show", "0.33.0", "Platform.validate_requst"],
            3,
            "did you mean Platform.validate_request?",
        ),
        (["show", "99.0"], 2, "vplug contracts update"),
        (["diff", "0.32.0", "0.33.0", "--kind", "toaster"], 2, "kinds are"),
        (["add", "what is this"], 2, "neither"),
    ],
)
def test_what_is_not_there(tmp_path: Path, arguments: list[str], status: int, message: str) -> None:
    done = vplug_here("contracts", *arguments, VPLUG_DATA_DIR=str(tmp_path))
    assert done.returncode == status
    assert done.stdout == ""
    assert message in done.stderr


def test_diff(tmp_path: Path) -> None:
    words = ["contracts", "diff", "0.16.0", "0.18.1+cpu"]
    done = vplug_here(*words, "--kind", "io-processor", VPLUG_DATA_DIR=str(tmp_path))
    head, *rest = done.stdout.splitlines()
    assert head == "from vLLM 0.16.0 to 0.18.1, for kind io-processor"
    assert "  ~ changed    other parameters, or another effect" in rest
    assert "  ~ changed    IOProcessor.__init__  in 0.17.0" in rest
    assert "  * deprecated IOProcessor.parse_request  in 0.17.0" in rest
    assert "x ignored" not in done.stdout  # a legend of what is there, no more
    assert "0.18.1+cpu is read as 0.18.1" in done.stderr
    data = json.loads(vplug_here(*words, "--json", VPLUG_DATA_DIR=str(tmp_path)).stdout)
    assert data["modules"]["added"]
    assert {change["what"] for change in data["changes"]} >= {"changed", "added", "deprecated"}
    assert {change["what"] for change in data["changes"] if not change["steps"]} == set()


def test_diff_backwards(tmp_path: Path) -> None:
    words = ["contracts", "diff", "0.33.0", "0.16.0", "--kind", "io-processor"]
    done = vplug_here(*words, VPLUG_DATA_DIR=str(tmp_path))
    assert done.stdout.startswith("from vLLM 0.33.0 back to 0.16.0, for kind io-processor\n")
    assert "  ! required   IOProcessor.parse_request  before 0.17.0" in done.stdout
    parse_data = done.stdout.partition("IOProcessor.parse_data")[2].partition("  + ")[0]
    assert parse_data.splitlines()[0] == "  before 0.29.0, 0.17.0"
    assert "< 0.29.0 (self, data)" in parse_data
    assert json.loads(vplug_here(*words, "--json").stdout)["backwards"] is True


def test_diff_as_markdown(tmp_path: Path) -> None:
    words = ["contracts", "diff", "0.28.0", "0.29.0", "--kind", "io-processor"]
    done = vplug_here(*words, "--format", "markdown", VPLUG_DATA_DIR=str(tmp_path))
    assert "## from vLLM 0.28.0 to 0.29.0, for kind io-processor" in done.stdout
    rows = [line for line in done.stdout.splitlines() if line.startswith("| required")]
    (row,) = rows
    assert "<code>IOProcessor.parse&#95;data</code> | in 0.29.0 |" in row
    assert row.endswith("vLLM calls it: define it |")
    assert vplug_here(*words, "--format", "markdown", "--json").returncode == 2


@pytest.mark.parametrize(
    ("kind", "hint"),
    [("attention", "attention-backend"), ("platfrom", "platform"), ("", "kinds are")],
)
def test_a_kind_that_is_not_there_has_its_nearest_named(
    tmp_path: Path, kind: str, hint: str
) -> None:
    done = vplug_here("contracts", "diff", "0.32.0", "0.33.0", "--kind", kind)
    assert (done.returncode, done.stdout) == (2, "")
    assert hint in done.stderr


def test_add_and_update(server: Index, tmp_path: Path) -> None:
    env = {"VPLUG_DATA_DIR": str(tmp_path / "user"), "PIP_INDEX_URL": server.url, "no_proxy": "*"}
    server.files["vllm-90.0.tar.gz"] = sdist("90.0")
    server.files["vllm-91.0.tar.gz"] = sdist("91.0")
    (tmp_path / "vllm-89.0.tar.gz").write_bytes(sdist("89.0"))
    done = vplug_here("contracts", "add", tmp_path / "vllm-89.0.tar.gz", "90.0", **env)
    assert done.returncode == 0, done.stderr
    assert "vLLM 89.0: added" in done.stderr
    done = vplug_here("contracts", "update", **env)
    assert "added 91.0" in done.stderr
    listed = json.loads(vplug_here("contracts", "list", "--json", **env).stdout)
    assert [row["release"] for row in listed["releases"]][-3:] == ["89.0", "90.0", "91.0"]
    assert "nothing is newer" in vplug_here("contracts", "update", **env).stderr


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("words", [["update"], ["add", "90.0"]])
def test_no_network(tmp_path: Path, words: list[str]) -> None:
    done = vplug_here("contracts", *words, VPLUG_DATA_DIR=str(tmp_path / "user"))
    assert done.returncode == 4
    assert "cannot reach the package index" in done.stderr
    assert not (tmp_path / "user").exists()


def test_a_damaged_store_of_the_users(tmp_path: Path) -> None:
    store = tmp_path / "contracts" / "store-x"
    store.mkdir(parents=True)
    (tmp_path / "contracts" / "current").write_text("store-x\n")
    done = vplug("contracts", "list", VPLUG_DATA_DIR=str(tmp_path))
    assert done.returncode == 4
    assert "damaged" in done.stderr
    assert "delete" in done.stderr


def test_the_store_in_use_is_named(tmp_path: Path) -> None:
    done = vplug_here("contracts", "list", VPLUG_DATA_DIR=str(tmp_path))
    assert str(place.BUNDLED) in done.stderr


@pytest.fixture
def damaged(tmp_path: Path) -> dict[str, str]:
    """A user's store of which one file was written to; the variable that leads to it."""
    (tmp_path / "vllm-89.0.tar.gz").write_bytes(sdist("89.0"))
    env = {"VPLUG_DATA_DIR": str(tmp_path / "user")}
    assert vplug_here("contracts", "add", tmp_path / "vllm-89.0.tar.gz", **env).returncode == 0
    (platform,) = tmp_path.glob("user/contracts/store-*/classes/Platform.txt")
    platform.write_text(platform.read_text() + "more\n")
    return env


@pytest.mark.parametrize(
    "words", [["validate"], ["compat"], ["contracts", "diff", "0.32.0", "0.33.0"]]
)
def test_a_damaged_store_is_one_sentence_and_a_hint(
    damaged: dict[str, str], tmp_path: Path, words: list[str]
) -> None:
    folder = tmp_path / "plugin"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        "[project]\nname = 'mine'\nversion = '1'\n"
        "[project.entry-points.'vllm.platform_plugins']\nmine = 'mine:register'\n"
    )
    (folder / "mine.py").write_text(
        "from vllm.platforms.interface import Platform\nclass P(Platform): ...\n"
        "def register():\n    return 'mine.P'\n"
    )
    done = vplug_here(*words, cwd=folder, **damaged)
    told = done.stdout + done.stderr
    assert done.returncode == 4
    assert told.count("the contract store is damaged") == 1
    assert "crashed" not in told
    assert "hint:" in told
    assert "delete " in told


def test_a_pointer_that_holds_no_name(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "current").write_bytes(b"\x8b\xff")
    done = vplug_here("contracts", "list", VPLUG_DATA_DIR=str(tmp_path))
    assert (done.returncode, done.stdout) == (4, "")
    assert "holds no folder's name" in done.stderr
    assert f"delete {tmp_path / 'contracts'}" in done.stderr


def test_the_page_shows_what_the_command_prints(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text(encoding="utf-8")
    command, _, shown = (
        page.partition("```console\n$ vplug ")[2].partition("\n```")[0].partition("\n")
    )
    done = vplug_here(*command.split(), VPLUG_DATA_DIR=str(tmp_path))
    assert done.stdout.rstrip("\n") == shown
