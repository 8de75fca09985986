"""The environment variable: its values, and what is no value."""

import pytest

from {{ cookiecutter.package }}.environment import MODEL_ALIASES, model_aliases

LLAMA = "vllm.model_executor.models.llama:LlamaForCausalLM"


@pytest.mark.parametrize("environ", [{}, {MODEL_ALIASES: ""}, {MODEL_ALIASES: " , "}])
def test_nothing_set_means_no_aliases(environ: dict[str, str]) -> None:
    assert model_aliases(environ) == {}


def test_aliases_are_read() -> None:
    value = f"AcmeForCausalLM={LLAMA}, Other=models:Other"
    assert model_aliases({MODEL_ALIASES: value}) == {
        "AcmeForCausalLM": LLAMA,
        "Other": "models:Other",
    }


@pytest.mark.parametrize("value", ["Acme", "Acme=", "=m:C", "Acme=m.C", "Acme=m:C:D", "A B=m:C"])
def test_anything_else_is_refused_by_the_variables_name(value: str) -> None:
    with pytest.raises(ValueError, match=f"{MODEL_ALIASES}: .* is not Architecture=module:Class"):
        model_aliases({MODEL_ALIASES: value})


def test_one_name_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="Acme is there twice"):
        model_aliases({MODEL_ALIASES: "Acme=m:C,Acme=m:D"})
