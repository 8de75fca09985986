"""Names that others have taken: by vLLM's documentation, by what vLLM needs, by everybody."""

from __future__ import annotations

#: Top-level names that other projects have just as good a claim to.
GENERIC_PACKAGES = frozenset(
    {
        "plugins", "plugin", "models", "model", "parser", "parsers", "utils", "util", "kernels",
        "kernel", "tests", "test", "docs", "examples", "example", "benchmarks", "benchmark",
        "scripts", "tools", "common", "core", "src", "lib", "config", "configs", "layers", "ops",
        "attention", "worker", "platform", "platforms", "processor", "processors", "register",
        "registration", "api", "app", "main", "data", "csrc", "cmake",
    }
)  # fmt: skip

#: Names in vLLM's documentation and example plugins, 0.7 to 0.33.0: ``docs/design/*plugin*.md``,
#: ``docs/features/custom_logitsprocs.md`` and ``tests/plugins/*/setup.py``.
DOCUMENTED_NAMES = frozenset(
    {
        "register_dummy_model", "my_dummy_platform", "dummy_platform_plugin", "dummy_custom_ops",
        "dummy_stat_logger", "dummy_admin_endpoint_plugin", "my_admin_api", "prithvi_to_tiff",
        "bge_m3_sparse_plugin", "colbert_query_plugin", "dummy_logits_processor", "my_plugin",
        "my_resolver", "my_lora_resolver",
    }
)  # fmt: skip

#: What vLLM and the generated projects need (``requirements/common.txt`` and ``cuda.txt``, 0.33.0, and
#: what those bring), by the names that they are imported by: a plugin's own package of such a name
#: breaks vLLM, or is overwritten.
NEEDED_PACKAGES = frozenset(
    {
        "aiohttp", "anthropic", "blake3", "cachetools", "cbor2", "certifi", "cloudpickle",
        "compressed_tensors", "cpuinfo", "cv2", "depyf", "einops", "fastapi", "filelock",
        "flashinfer", "google", "grpc", "httpx", "huggingface_hub", "ijson", "jinja2",
        "jsonschema", "lark", "llguidance", "lmformatenforcer", "mcp", "mistral_common",
        "msgspec", "multidict", "ninja", "numba", "numpy", "nvtx", "openai", "openai_harmony",
        "opentelemetry", "orjson", "outlines_core", "packaging", "partial_json_parser", "peft",
        "pip", "prometheus_client", "prometheus_fastapi_instrumentator", "psutil", "pybase64",
        "pydantic", "pytest", "pythonjsonlogger", "rasterio", "ray", "regex", "requests",
        "safetensors", "scipy", "sentencepiece", "setproctitle", "setuptools", "six", "starlette",
        "tiktoken", "tilelang", "tokenizers", "torch", "torchaudio", "torchcodec", "torchvision",
        "tqdm", "transformers", "triton", "typing_extensions", "uvicorn", "uvloop", "watchfiles",
        "xformers", "xgrammar", "yaml", "zmq",
    }
)  # fmt: skip
