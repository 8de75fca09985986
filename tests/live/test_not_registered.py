"""Released plugins that register nothing in the vLLM of the engine: what VP223 says is so."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
from tests.real.fetch import fetch

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.conftest import Live

pytestmark = pytest.mark.live


@pytest.mark.parametrize(
    ("project", "filename", "script", "why"),
    [
        (
            "decisio",
            "decisio-0.35.0-py3-none-any.whl",
            (
                "from decisio.vllm_plugin import MODELS, register\n"
                "from vllm import ModelRegistry\n"
                "register()\n"
                "assert not set(MODELS) & set(ModelRegistry.get_supported_archs())\n"
            ),
            "nothing registered",
        ),
        (
            "vllm-df11",
            "vllm_df11-0.0.1-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
            (
                "from vllm_df11.plugin import register\n"
                "from vllm.model_executor.layers.quantization import QUANTIZATION_METHODS\n"
                "register()\n"
                "assert 'df11' not in QUANTIZATION_METHODS\n"
            ),
            "cannot import name 'set_default_torch_dtype'",
        ),
    ],
)
def test_registers_nothing(
    project: str, filename: str, script: str, why: str, live: Live, tmp_path: Path
) -> None:
    with zipfile.ZipFile(fetch(project, filename)) as wheel:
        wheel.extractall(tmp_path / "wheel")
    environment = live.environment(PYTHONPATH=str(tmp_path / "wheel"))
    status, output = live.run("-c", script, env=environment)
    assert status == 0, output
    assert why in output
