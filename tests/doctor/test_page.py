"""The page on a platform that fell back: what it quotes of the report is what the report says."""

from __future__ import annotations

import re
from pathlib import Path

from tests.doctor.test_bad_input import Broken, broken
from tests.doctor.test_command import install

__all__ = ["broken"]

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "platform-fell-back.md"


def test_each_row_is_what_the_report_says(broken: Broken) -> None:
    broken.plugin("off", "def register():\n    return 'off.Thing'")
    broken.plugin("raises", "def register():\n    raise RuntimeError('no device')")
    broken.plugin("gone", "import no_such_library\n")
    broken.plugin("absent", "def register():\n    print('no device')")
    broken.plugin("wins", "def register():\n    return 'wins.Thing'")
    install(broken.site, "misspelt", "[vllm.platform_plugin]\nmisspelt = misspelt:register\n")
    # The same distribution once more, earlier on the path.
    install(broken.stubs, "twice", version="2.0")
    install(broken.site, "twice", "[vllm.platform_plugins]\ntwice = twice:register\n")
    told = broken.run(VLLM_PLUGINS="raises,gone,absent,wins,misspelt").stdout
    platform = told.partition("\nPlatform (seen)\n")[2].partition("\n\n")[0]
    plan = told.partition("\nLoad plan of vLLM")[2].partition("\n\n")[0]
    said = {
        match[1]: match[2]
        for match in re.finditer(r"^(?:\d+\.|-)\s+(\w+)\s+(?:\S )?(.+)", platform, re.MULTILINE)
    }
    quoted = dict(
        zip(
            ("switched off", "hidden", "raised", "could not be imported", "not here", "is there"),
            ("off", "twice", "raises", "gone", "absent", "wins"),
            strict=True,
        )
    )
    rows = re.findall(r"^\| `([^`]+)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == list(quoted)
    for words, name in quoted.items():
        assert said[name].startswith(f"plugin of {name}, {words}"), name
    assert "it said: no device" in platform
    # "It is not listed": it stands under the load plan.
    assert "misspelt" not in platform
    assert "misspelt ? not loaded (vllm.platform_plugin)" in plan
    assert "VP608 misspelt" in told
