"""``vplug compat``: plugins that lie in the package ``vllm``, and builds of vLLM itself."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_compat import matrix, verdicts


def installed(prefix: Path, name: str, modules: dict[str, str], target: str) -> Path:
    """A distribution in site-packages beside vLLM, with a RECORD of its own files alone."""
    site = prefix / "site-packages"
    files = dict(modules)
    files[f"{name}-1.0.dist-info/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    files[f"{name}-1.0.dist-info/entry_points.txt"] = f"[vllm.general_plugins]\n{name} = {target}\n"
    files[f"{name}-1.0.dist-info/RECORD"] = "".join(f"{path},,\n" for path in files)
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    return site


def test_modules_of_an_installed_plugin_below_vllm(tmp_path: Path) -> None:
    """What it brings itself is there in every release; what stands beside it is the release's."""
    modules = {
        "vllm/mine/__init__.py": "from vllm.mine.tables import X\n\n\ndef register():\n    return X\n",
        "vllm/mine/tables.py": "from vllm.utils import FlexibleArgumentParser\n\nX = 1\n",
    }
    site = installed(tmp_path, "mine", modules, "vllm.mine:register")
    (site / "vllm" / "__init__.py").write_text("")
    target = matrix("mine", "--prefix", site)
    told = verdicts(target)
    assert (told["0.11.0"], told["0.11.1"]) == ("ok", "broken")
    causes = {f["message"] for row in target["releases"] for f in row["findings"]}
    assert causes == {"vllm.utils has no FlexibleArgumentParser"}


def test_a_build_of_vllm_is_not_held_against_the_releases(tmp_path: Path) -> None:
    modules = {
        "vllm/__init__.py": "import vllm.only_here\n",
        "vllm/only_here.py": "",
        "vllm/mine.py": "import vllm\n\n\ndef register(): ...\n",
    }
    site = installed(tmp_path, "vllm-build", modules, "vllm.mine:register")
    target = matrix("vllm-build", "--prefix", site)
    assert set(verdicts(target).values()) == {"unknown"}
    (finding,) = target["releases"][-1]["findings"]
    assert "holds the package vllm itself" in finding["message"]


def test_what_nobody_records_is_not_the_plugins(tmp_path: Path) -> None:
    """Without a RECORD nothing tells whose the modules in site-packages are: vLLM's stay vLLM's."""
    modules = {
        "mine/__init__.py": "from vllm.utils import FlexibleArgumentParser\n\n\ndef register(): ...\n",
        "vllm/__init__.py": "",
        "vllm/utils.py": "class FlexibleArgumentParser: ...\n",
    }
    site = installed(tmp_path, "mine", modules, "mine:register")
    (site / "mine-1.0.dist-info" / "RECORD").unlink()
    told = verdicts(matrix("mine", "--prefix", site))
    assert (told["0.11.0"], told["0.11.1"]) == ("ok", "broken")
