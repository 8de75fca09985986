"""The model's configuration: what a checkpoint's config.json holds."""

from typing import Any

from transformers import AutoConfig, PretrainedConfig

MODEL_TYPE = "{{ cookiecutter.package }}"


class DecoderConfig(PretrainedConfig):
    """The sizes of a decoder.

    `rope_parameters` has the keys of transformers 5, also under transformers 4. Everything else is
    named as in most configurations, because vLLM reads these names to plan its memory.
    """

    model_type = MODEL_TYPE

    def __init__(
        self,
        vocab_size: int = 32_000,
        hidden_size: int = 2048,
        intermediate_size: int = 5632,
        num_hidden_layers: int = 22,
        num_attention_heads: int = 32,
        num_key_value_heads: int | None = None,
        head_dim: int | None = None,
        max_position_embeddings: int = 4096,
        rms_norm_eps: float = 1e-5,
        rope_parameters: dict[str, Any] | None = None,
        tie_word_embeddings: bool = False,
        **kwargs: Any,
    ) -> None:
        """Take the sizes.

        Raises:
            ValueError: they do not fit together.
        """
        heads, kv_heads = num_attention_heads, num_key_value_heads or num_attention_heads
        if heads % kv_heads:
            raise ValueError(f"{heads} attention heads cannot share {kv_heads} key-value heads")
        if head_dim is None and hidden_size % heads:
            raise ValueError(f"hidden_size {hidden_size} cannot be split into {heads} heads")
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.intermediate_size = intermediate_size
        self.num_hidden_layers = num_hidden_layers
        self.num_attention_heads = heads
        self.num_key_value_heads = kv_heads
        self.head_dim = head_dim or hidden_size // heads
        self.max_position_embeddings = max_position_embeddings
        self.rms_norm_eps = rms_norm_eps
        self.rope_parameters = rope_parameters or {"rope_type": "default", "rope_theta": 10_000.0}
        super().__init__(tie_word_embeddings=tie_word_embeddings, **kwargs)


def register_config() -> None:
    """Make transformers, and so vLLM, read config.json files of this model type."""
    AutoConfig.register(MODEL_TYPE, DecoderConfig, exist_ok=True)
