"""A stand-in for the ``terratorch`` package, and a checkpoint for it; no download, no training.

vLLM has the model class ``Terratorch`` itself (vllm/model_executor/models/terratorch.py, 0.32.0)
and takes four names from ``terratorch.vllm``. Installed under that name, this module offers them,
with a network of one layer: how much each pixel of the first band lies above 0 and above 1, as
scores of three classes. So vLLM's own code carries the windows, and only the network is made up.

Usage: python stand_in_terratorch.py SITE FOLDER WINDOW BANDS
"""

import json
import shutil
import sys
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn


class InputTypeEnum(str, Enum):  # noqa: UP042 - as terratorch has it
    tensor = "torch.Tensor"


class InputDefinition:
    def __init__(self, data: dict[str, dict[str, Any]]) -> None:
        self.data = {
            name: SimpleNamespace(type=InputTypeEnum(field["type"]), shape=field["shape"])
            for name, field in data.items()
        }


class DummyDataGenerator:
    def __init__(self, config: dict[str, Any]) -> None:
        self._fields = InputDefinition(**config["input"]).data

    def get_dummy_mm_data(self) -> dict[str, torch.Tensor]:
        return {name: torch.ones(field.shape) for name, field in self._fields.items()}


class InferenceRunner(nn.Module):
    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        self.model = nn.Conv2d(config["bands"], 3, 1)

    def forward(self, pixel_values: torch.Tensor, **_: Any) -> SimpleNamespace:
        pixels = pixel_values.reshape(-1, *pixel_values.shape[-3:])
        return SimpleNamespace(output=self.model(pixels))


def install(site: Path) -> None:
    """Put this module into ``site`` as ``terratorch.vllm``."""
    package = site / "terratorch"
    package.mkdir(exist_ok=True)
    (package / "__init__.py").touch()
    shutil.copyfile(__file__, package / "vllm.py")


def make(folder: Path, window: int, bands: int) -> None:
    """Write a checkpoint to ``folder``."""
    from safetensors.torch import save_file

    # Scores of the classes: 0 is likeliest below 0, 1 between 0 and 1, 2 above 1.
    weight = torch.zeros(3, bands, 1, 1)
    weight[:, 0, 0, 0] = torch.tensor([0.0, 1.0, 2.0])
    folder.mkdir(parents=True)
    save_file(
        {"weight": weight, "bias": torch.tensor([0.0, 0.0, -1.0])}, folder / "model.safetensors"
    )
    fields = {"pixel_values": [bands, window, window], "location_coords": [1, 2]}
    data = {name: {"type": "torch.Tensor", "shape": shape} for name, shape in fields.items()}
    config = {
        "architectures": ["Terratorch"],
        "model_type": "vit",
        "hidden_size": 0,
        "num_classes": 0,
        "pretrained_cfg": {"input": {"data": data}, "bands": bands},
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


if __name__ == "__main__":
    install(Path(sys.argv[1]))
    make(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
