"""The environment variable: its default, its values, and what is no value."""

import pytest

from {{ cookiecutter.package }}.environment import REPLACES, replaced


@pytest.mark.parametrize("environ", [{}, {REPLACES: ""}, {REPLACES: " , "}])
def test_nothing_set_replaces_nothing(environ: dict[str, str]) -> None:
    assert replaced(environ) == ()


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("CPU_ATTN", ("CPU_ATTN",)),
        ("cpu_attn", ("CPU_ATTN",)),
        (" CPU_ATTN , FLASH_ATTN,CPU_ATTN", ("CPU_ATTN", "FLASH_ATTN")),
    ],
)
def test_names_are_read(value: str, names: tuple[str, ...]) -> None:
    assert replaced({REPLACES: value}) == names


@pytest.mark.parametrize("value", ["1", "CPU ATTN", "vllm.v1.Attn", "CPU_ATTN;X", "ÄTTN"])
def test_what_is_no_name_is_refused_by_the_variables_name(value: str) -> None:
    with pytest.raises(ValueError, match=f"{REPLACES}: .* is not the name"):
        replaced({REPLACES: value})


def test_the_process_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REPLACES, "CPU_ATTN")
    assert replaced() == ("CPU_ATTN",)
