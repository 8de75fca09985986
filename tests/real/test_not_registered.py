"""What released plugins register, and in which releases they register nothing and raise nothing.

Read in their sources: ``decisio`` asks for vLLM 0.31.0 and no other; the others catch what their imports
raise. ``tests/live/test_not_registered.py`` calls two of them with a real vLLM.
"""

from __future__ import annotations

from typing import Any

import pytest

from vplug.discovery.environment import Environment
from vplug.model import Severity
from vplug.rules.config import Settings
from vplug.rules.validate import validate

pytestmark = pytest.mark.real

DECISIO = ("decisio", "decisio-0.35.0-py3-none-any.whl")
DF11 = (
    "vllm-df11",
    "vllm_df11-0.0.1-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
)
SECURITY = ("light-vllm-security", "light_vllm_security-1.0.3.1.3-py3-none-any.whl")
MEMKV = ("memkv-vllm", "memkv_vllm-1.0.12-cp38-abi3-manylinux_2_28_x86_64.whl")


@pytest.mark.parametrize(
    ("plugin", "release", "told"),
    [
        (DECISIO, "0.30.0", "a test of vLLM keeps every registration from running"),
        (DECISIO, "0.31.0", None),
        (DECISIO, "0.32.0", "a test of vLLM keeps every registration from running"),
        (DF11, "0.10.0", "vLLM has no vllm.model_executor.model_loader.register_model_loader"),
        (DF11, "0.10.2", None),
        (
            DF11,
            "0.32.0",
            "vLLM has no vllm.model_executor.model_loader.utils.set_default_torch_dtype",
        ),
        (SECURITY, "0.23.0", None),
        (SECURITY, "0.24.0", "vllm.model_executor.model_loader.gguf_loader.GGUFModelLoader"),
        (MEMKV, "0.21.0", "vllm.v1.kv_offload.tiering.factory.SecondaryTierFactory"),
        (MEMKV, "0.22.0", None),
    ],
)
def test_what_is_not_registered(
    plugin: tuple[str, str], release: str, told: str | None, fetched: Any
) -> None:
    path = fetched(*plugin)
    (report,) = validate(
        [str(path)], Settings(select=("VP223",)), lambda: Environment("empty", ()), vllm=release
    ).targets
    if told is None:
        assert report.findings == ()
        return
    (finding,) = report.findings
    assert finding.severity is Severity.WARNING
    assert "it registers nothing: " in finding.message
    assert told in finding.message
