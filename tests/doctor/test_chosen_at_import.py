"""A vLLM that chooses its platform while it is itself imported, as 0.21 to 0.31 do.

There ``import vllm`` ends with whatever is wrong with the platform (vllm/env_override.py imports
vllm/utils/torch_utils.py, which asks for pinned memory): the platform is to be named, not vLLM.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.doctor.test_bad_input import Broken, broken, pytestmark
from tests.doctor.test_command import codes as all_codes

__all__ = ["broken", "pytestmark"]

RETURNS = "def register():\n    return {!r}\n"


@pytest.fixture
def early(broken: Broken) -> Broken:
    (broken.site / "vllm" / "__init__.py").write_text(
        "from vllm.platforms import current_platform\n"
    )
    return broken


def codes(document: dict[str, Any]) -> set[str]:
    """Without VP644: where no platform comes about, it is told that this environment has no torch."""
    return all_codes(document) - {"VP644"}


def message(document: dict[str, Any], code: str) -> str:
    (found,) = [item["message"] for item in document["findings"] if item["code"] == code]
    return str(found)


def test_a_sound_one_is_told_with_a_note(early: Broken) -> None:
    document = early.doctor()
    assert (document["status"], document["findings"]) == (0, [])
    assert document["platform"]["current"] == "vllm.platforms.cpu.CpuPlatform"
    assert "while vllm.platforms was being imported" in document["platform"]["note"]


def test_a_platform_whose_module_raises_is_named(early: Broken) -> None:
    early.plugin("mine", RETURNS.format("mine_impl.Thing"))
    (early.site / "mine_impl.py").write_text("raise ImportError('no lib')\n")
    document = early.doctor()
    assert codes(document) == {"VP622"}
    assert message(document, "VP622").endswith(
        "'mine' was chosen and its platform cannot be made: ImportError: no lib"
    )
    assert "`import vllm` itself ends" in document["platform"]["note"]
    assert "mine_impl.py" in document["platform"]["traceback"]


def test_a_class_that_is_not_there_is_named_though_python_hides_it(early: Broken) -> None:
    """``from vllm.platforms import current_platform`` makes an ImportError of any AttributeError."""
    early.plugin("mine", RETURNS.format("mine.Nothing"))
    document = early.doctor()
    assert codes(document) == {"VP622"}
    assert "module 'mine' has no attribute 'Nothing'" in message(document, "VP622")
    assert "has no attribute 'Nothing'" in document["platform"]["traceback"]


def test_two_that_clash_are_no_broken_vllm(early: Broken) -> None:
    early.plugin("mine", RETURNS.format("mine.Thing"))
    early.plugin("thine", RETURNS.format("thine.Thing"))
    document = early.doctor()
    assert codes(document) == {"VP621"}
    assert document["platform"]["error"].startswith("RuntimeError: Only one platform plugin")


def test_what_fails_for_another_reason_still_is_vllms(early: Broken) -> None:
    early.plugin("mine", "from vllm.platforms import nothing\n")
    with (early.site / "vllm" / "__init__.py").open("a") as file:
        file.write("raise OSError('libvllm.so: cannot open shared object file')\n")
    document = early.doctor()
    assert {"VP601", "VP620"} == codes(document)
    assert message(document, "VP601").endswith("libvllm.so: cannot open shared object file")


def test_a_platforms_module_that_asks_for_the_platform_is_named(early: Broken) -> None:
    early.plugin("mine", RETURNS.format("mine_impl.Thing"))
    (early.site / "mine_impl.py").write_text(
        "from vllm.platforms import current_platform\n\n\nclass Thing:\n    pass\n"
    )
    document = early.doctor()
    assert codes(document) == {"VP622"}
    assert "mine_impl" in message(document, "VP622")
    assert "has no attribute 'Thing'" in message(document, "VP622")
