"""The configuration: read by its model type, saved and read again, refused when it cannot fit."""

from pathlib import Path

import pytest

pytest.importorskip("transformers", reason="transformers, which comes with vLLM, is not installed")

from transformers import AutoConfig

from {{ cookiecutter.package }} import config
from {{ cookiecutter.package }}.config import DecoderConfig, register_config


def test_transformers_reads_it_by_its_model_type(tmp_path: Path) -> None:
    register_config()
    register_config()
    sizes = {"hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2}
    DecoderConfig(**sizes, tie_word_embeddings=True).save_pretrained(tmp_path)
    read = AutoConfig.from_pretrained(tmp_path)
    assert type(read) is DecoderConfig
    assert read.model_type == config.MODEL_TYPE
    assert (read.hidden_size, read.num_attention_heads, read.num_key_value_heads) == (64, 4, 2)
    assert read.head_dim == 16
    assert read.tie_word_embeddings
    assert read.rope_parameters["rope_theta"] == 10_000


def test_rotary_parameters_are_kept(tmp_path: Path) -> None:
    register_config()
    given = {"rope_type": "linear", "factor": 2.0, "rope_theta": 5e5}
    DecoderConfig(rope_parameters=given).save_pretrained(tmp_path)
    assert AutoConfig.from_pretrained(tmp_path).rope_parameters == given


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ({"num_attention_heads": 32, "num_key_value_heads": 5}, "cannot share 5 key-value heads"),
        ({"hidden_size": 100, "num_attention_heads": 32}, "cannot be split into 32 heads"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(sizes: dict[str, int], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        DecoderConfig(**sizes)
