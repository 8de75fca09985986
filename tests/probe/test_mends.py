"""The mend that is told with an exception is the right one: who asked, and what the environment lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from vplug.model import OutcomeKind
from vplug.rules.config import Settings
from vplug.verify.probing import probe
from vplug.verify.run import Options, verify


def hints(path: Path, stub: Path) -> dict[str, str | None]:
    options = Options(python=stub, seconds=20, memory_bytes=300_000_000)
    (target,) = verify([str(path)], Settings(), options, [probe]).targets
    assert target.error is None, target.error
    return {finding.code: finding.hint for finding in target.findings}


@pytest.mark.parametrize(
    ("source", "more", "requires", "says"),
    [
        # A distribution that is called otherwise than its module.
        ("import acme_c", {}, ("acme-context>=6",), "acme-context is not installed: install what"),
        ("import acme", {}, ("acme==2", "numpy"), "acme is not installed: install what"),
        ("import acme", {}, (), "if the plugin needs acme, declare it as a requirement"),
        # The entry point's own package, left out of the wheel.
        ("import probed.inner", {}, (), "it is the plugin's own"),
        # Another package is there, and asks for what is not.
        (
            "import vllm.of_vision",
            {},
            (),
            "vllm/of_vision.py asks for it, not the plugin: install tv",
        ),
        # There, but another version.
        ("from torch import absent", {}, (), "the installed torch does not have it"),
        ("import vllm.gone", {}, (), "the installed vLLM does not have it: `vplug compat`"),
        (
            "from vllm.worker import gone",
            {},
            ("vllm<0.20",),
            "the installed vLLM does not have it: vllm<0.20 is required, 0.33.0 is installed",
        ),
        (
            "import one",
            {"one.py": "import two", "two.py": "from one import x"},
            (),
            "half imported",
        ),
        ("raise RuntimeError('unsupported')", {}, ("vllm<0.20",), "vllm<0.20 is required, 0.33.0"),
        ("raise RuntimeError('unsupported')", {}, ("librosa", "torch>9"), None),
        ("import os; os.environ['ACME_HOME']", {}, (), "variable ACME_HOME is not set"),
        ("{}['ACME_HOME']", {}, (), None),
    ],
)
def test_what_to_do_about_it(source, more, requires, says, wheel, own_stub, tmp_path) -> None:
    python = own_stub(tmp_path)
    (site,) = (tmp_path / "env").glob("lib/python3.*/site-packages")
    (site / "vllm" / "of_vision.py").write_text("import tv\n")
    told = {}
    for code, text in {
        "VP701": f"{source}\n\n\ndef register(): pass\n",
        "VP702": f"def register():\n    {source}\n",
    }.items():
        path = wheel(text, more=more, requires=requires, version=f"{code[2:]}.0")
        told[code] = hints(path, python)[code]
    assert told["VP701"] == told["VP702"]
    assert told["VP701"] is None if says is None else says in (told["VP701"] or "")


def test_a_class_that_cannot_be_imported_has_its_mend(wheel, stub: Path) -> None:
    source = (
        "def register():\n"
        "    from vllm.model_executor.models.registry import ModelRegistry\n"
        "    ModelRegistry.register_model('Acme', 'model:Model')\n"
    )
    path = wheel(source, more={"model.py": "import vllm.gone\n"}, requires=("vllm<0.20",))
    assert "vllm<0.20 is required" in (hints(path, stub)["VP711"] or "")


def test_a_platforms_class_that_asks_for_the_platform_is_no_matter_of_the_release(
    wheel, stub: Path
) -> None:
    path = wheel(
        "def register():\n    return 'thing.Thing'\n",
        group="vllm.platform_plugins",
        more={
            "thing.py": "from vllm.platforms import current_platform\n\n\nclass Thing:\n    pass\n"
        },
    )
    hint = hints(path, stub)["VP711"] or ""
    assert "vLLM has not chosen its platform yet" in hint
    assert "compat" not in hint


@pytest.mark.parametrize(
    ("requires", "kind"), [((), OutcomeKind.UNKNOWN), (("tv",), OutcomeKind.FAIL)]
)
def test_what_the_environments_own_packages_lack_is_no_fault_of_a_class(
    requires: tuple[str, ...], kind: OutcomeKind, wheel, own_stub, tmp_path: Path
) -> None:
    """vLLM's models ask for much that an environment may not have; another has it."""
    python = own_stub(tmp_path)
    (site,) = (tmp_path / "env").glob("lib/python3.*/site-packages")
    (site / "vllm" / "of_vision.py").write_text("import tv\n")
    source = (
        "def register():\n"
        "    from vllm.model_executor.models.registry import ModelRegistry\n"
        "    ModelRegistry.register_model('Acme', 'model:Model')\n"
    )
    path = wheel(source, more={"model.py": "import vllm.of_vision\n"}, requires=requires)
    options = Options(python=python, seconds=20, memory_bytes=300_000_000)
    (target,) = verify([str(path)], Settings(), options, [probe]).targets
    (outcome,) = [item for item in target.outcomes if item.code == "VP711"]
    assert outcome.kind is kind
    if kind is OutcomeKind.UNKNOWN:
        assert outcome.reason == (
            "Acme → model:Model cannot be imported here: ModuleNotFoundError: No module named 'tv'; "
            "vllm/of_vision.py asks for it, not the plugin: install tv into the environment"
        )


def test_many_classes_that_one_package_keeps_out_are_told_once(wheel, stub: Path) -> None:
    source = (
        "def register():\n"
        "    from vllm.model_executor.models.registry import ModelRegistry\n"
        "    for name in 'ABC':\n"
        "        ModelRegistry.register_model(name, f'model:{name}')\n"
    )
    path = wheel(source, more={"model.py": "import tv\n"}, requires=("tv",))
    options = Options(python=stub, seconds=20, memory_bytes=300_000_000)
    (target,) = verify([str(path)], Settings(), options, [probe]).targets
    (finding,) = target.findings
    assert finding.message == (
        "A → model:A and 2 more of its classes cannot be imported: "
        "ModuleNotFoundError: No module named 'tv'"
    )
