"""What source foretells of rarer constructs: each once told otherwise than a real vLLM did it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.doctor.test_command import codes, doctor, plugin, site

__all__ = ["site"]

THING = '    return "mine.Thing"\n'


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        # What passes through `except Exception` ends the process, whatever it is called.
        ("class Stop(BaseException):\n    pass\ndef register():\n    raise Stop('x')", "raised", "Stop: x"),
        (
            "import sys\ndef register():\n    try:\n        sys.exit(1)\n    finally:\n    " + THING,
            "class",
            "",
        ),
        ("def register():\n    find_device()\n" + THING, "raised", "NameError: name 'find_device'"),
        ("def register():\n    raise NotImplemented", "raised", "TypeError: exceptions must derive"),
        ("def register():\n    raise 'no device'", "raised", "TypeError: exceptions must derive"),
        ("@undefined\ndef register():\n" + THING, "not-loaded", "NameError: name 'undefined'"),
        ("class Base(Undefined):\n    pass\ndef register():\n" + THING, "not-loaded", "NameError"),
        # A decorator of somebody's may answer something else, or catch what is raised.
        ("def off(f):\n    return lambda: None\n@off\ndef register():\n" + THING, "cannot-tell", "@off"),
        (
            "def look():\n    global NAME\n    NAME = 'mine.Thing'\nlook()\ndef register():\n    return NAME",
            "cannot-tell",
            "NAME is bound anew",
        ),
        ("class Box:\n    @classmethod\n    def ask(cls):\n    " + THING + "register = Box.ask", "class", ""),
        ("class register:\n    pass", "odd", "it is a class"),
        ("class register:\n    def __init__(self, config):\n        pass", "raised", "TypeError"),
        ("class register:\n    def __new__(cls):\n    " + THING, "cannot-tell", "making"),
        ("class register(str):\n    pass", "cannot-tell", "making"),
        ("class Name(str):\n    pass\ndef register():\n    return Name('mine.Thing')", "cannot-tell", "Name"),
        (
            "import sys\nif sys.platform == 'win32':\n    pass\nelse:\n    import no_such_library\n"
            "def register():\n" + THING,
            "cannot-tell",
            "importing it may raise ModuleNotFoundError (mine.py:5)",
        ),
        # Wrong for Python, though it parses, or only for the parser.
        ("return 1\ndef register():\n" + THING, "not-loaded", "SyntaxError: 'return' outside function"),
        ("def register():\nreturn 1", "not-loaded", "SyntaxError"),
        ("from . import other\ndef register():\n" + THING, "not-loaded", "attempted relative import"),
    ],
)  # fmt: skip
def test_what_a_function_will_do(site: Path, body: str, kind: str, reason: str) -> None:
    plugin(site, "mine", body)
    (site.parent / "pyvenv.cfg").write_text("version = 3.11.4\n")
    _, document = doctor(site)
    answer = document["platform"]["candidates"][-1]["answer"]
    assert (answer["kind"], reason in (answer["reason"] or "")) == (kind, True), answer


@pytest.mark.parametrize(
    "body",
    [
        "class Stop(BaseException):\n    pass\ndef register():\n    raise Stop",
        "class Stop(SystemExit):\n    pass\nraise Stop\ndef register():\n    return None",
    ],
)
def test_an_own_exception_that_nobody_swallows_ends_the_process(site: Path, body: str) -> None:
    plugin(site, "mine", body)
    _, document = doctor(site)
    assert document["platform"]["rule"] == "ended"
    assert codes(document) == {"VP620", "VP622"}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ('"mine.Thing "', "AttributeError: module 'mine' has no attribute 'Thing '"),
        ('"mine.Thing\\n"', "AttributeError: module 'mine'"),
        ('" mine.Thing"', "No module named ' mine'"),
        ('"mine..Thing"', "ImportError"),
        ('"mine.Other"', "TypeError: Other.__init__() needs arguments"),
    ],
)
def test_the_class_that_is_named_is_imported_and_made(site: Path, value: str, told: str) -> None:
    other = "class Other:\n    def __init__(self, config):\n        pass\n"
    plugin(site, "mine", f"{other}def register():\n    return {value}")
    _, document = doctor(site)
    assert told in document["platform"]["choice_error"]
    assert codes(document) == {"VP622"}


def test_what_is_no_text_is_told_in_words(site: Path) -> None:
    plugin(site, "mine", "class Thing:\n    pass\ndef register():\n    return Thing")
    _, document = doctor(site)
    answer = document["platform"]["candidates"][-1]["answer"]
    assert (answer["kind"], answer["value"]) == ("odd", "the class mine.Thing")


VLLM = {
    "platforms/__init__.py": "from .interface import Platform\n",
    "platforms/interface.py": "class Platform:\n    pass\n",
    "lazy.py": "def __getattr__(name):\n    return make(name)\n",
}


@pytest.fixture
def with_vllm(site: Path) -> Path:
    """The environment with some modules in its vLLM."""
    for name, text in VLLM.items():
        path = site / "vllm" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    record = site / "vllm-0.32.0+cpu.dist-info" / "RECORD"
    record.write_text("".join(f"vllm/{name},,\n" for name in ("__init__.py", *VLLM)))
    return site


@pytest.mark.parametrize(
    ("imported", "told"),
    [
        ("from vllm.platforms import Platform", None),
        ("from vllm.platforms import interface", None),
        ("from vllm.lazy import anything", None),
        ("import vllm.platforms.interface", None),
        (
            "from vllm.platforms.interface import _Backend",
            "ImportError: cannot import name '_Backend' from 'vllm.platforms.interface'",
        ),
        (
            "from vllm.attention.layer import Attention",
            "ModuleNotFoundError: No module named 'vllm.attention'",
        ),
        ("import vllm.worker", "ModuleNotFoundError: No module named 'vllm.worker'"),
        ("from vllm._version import version", None),
    ],
)
def test_what_the_installed_vllm_does_not_have(
    with_vllm: Path, imported: str, told: str | None
) -> None:
    plugin(with_vllm, "mine", f"{imported}\ndef register():\n{THING}")
    _, document = doctor(with_vllm)
    answer = document["platform"]["candidates"][-1]["answer"]
    assert (answer["kind"] == "not-loaded") is (told is not None), answer
    assert (told or "") in (answer["reason"] or "")
    assert codes(document) == ({"VP620"} if told else set())


@pytest.mark.parametrize(
    ("body", "is_told"),
    [
        ("    from mine_models import Model\n", True),
        ("    import mine_models\n", True),
        ("    try:\n        import mine_models\n    except ImportError:\n        return\n", False),
        ("    if WANTED:\n        import mine_models\n", False),
    ],
)
def test_a_general_plugin_whose_models_need_another_vllm(
    with_vllm: Path, body: str, is_told: bool
) -> None:
    plugin(
        with_vllm,
        "mine",
        f"WANTED = len(__name__) > 9\ndef register():\n{body}",
        "vllm.general_plugins",
    )
    (with_vllm / "mine_models.py").write_text("from vllm.platforms import gone\nModel = 1\n")
    record = with_vllm / "mine-1.0.dist-info" / "RECORD"
    record.write_text("mine.py,,\nmine_models.py,,\n")
    status, document = doctor(with_vllm)
    assert status == int(is_told)
    assert codes(document) == ({"VP611"} if is_told else set())
    if is_told:
        (finding,) = document["findings"]
        assert "ImportError: cannot import name 'gone' from 'vllm.platforms'" in finding["message"]


def test_the_first_of_several_failing_imports_is_named(with_vllm: Path) -> None:
    plugin(with_vllm, "mine", "import mine_part\nimport no_such_second\ndef register():\n" + THING)
    (with_vllm / "mine_part.py").write_text("import no_such_first\n")
    (with_vllm / "mine-1.0.dist-info" / "RECORD").write_text("mine.py,,\nmine_part.py,,\n")
    _, document = doctor(with_vllm)
    answer = document["platform"]["candidates"][-1]["answer"]
    assert "No module named 'no_such_first' (" in answer["reason"]
