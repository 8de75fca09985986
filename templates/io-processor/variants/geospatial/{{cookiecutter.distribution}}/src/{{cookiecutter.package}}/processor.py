"""The class that vLLM builds and calls: the only module here that imports vLLM.

vLLM calls, for one request: `parse_data`, `pre_process`, `merge_pooling_params`, then, with the
outputs of all prompts in their order, `post_process`; when serving, each in a thread of its own.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from vllm.logger import init_logger
from vllm.plugins.io_processors.interface import IOProcessor
from vllm.pooling_params import PoolingParams

from .environment import OUTPUT_DIR, read_settings
from .inflight import InFlight
from .raster import Georeference, read_picture, save, write_picture
from .schema import GeoAnswer, GeoRequest, parse_request
from .sources import read_source
from .windows import Grid, cut, joined, standardised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vllm.config import VllmConfig
    from vllm.inputs import PromptType
    from vllm.outputs import PoolingRequestOutput
    from vllm.renderers import BaseRenderer

# vLLM gives handlers to the logger "vllm" alone; under another name, INFO would go nowhere.
logger = init_logger(f"vllm.{__name__}")

# The pooling task of models that return pictures: their pooler hands on what they computed.
TASK = "plugin"
#: What the answer holds where the picture has no data: no class of a segmentation, and no number.
NO_CLASS = 255


@dataclass(frozen=True)
class Layout:
    """What is needed to put the windows' predictions together again."""

    grid: Grid
    place: Georeference
    # The picture's mask, one bit a pixel, compressed: it is kept while the model works.
    valid: bytes
    as_path: bool


class GeoTiffProcessor(IOProcessor[GeoRequest, GeoAnswer]):
    """Sends the windows of a GeoTIFF to the model, and returns a GeoTIFF of its predictions."""

    def __init__(self, vllm_config: VllmConfig, renderer: BaseRenderer) -> None:
        super().__init__(vllm_config, renderer)
        settings = read_settings()
        self._limits = settings.limits
        self._recipe = settings.recipe
        # Each layout holds a mask; 4,096 of them bound what abandoned requests leave behind.
        self._in_flight: InFlight[Layout] = InFlight(capacity=4096)
        self._dtype = getattr(vllm_config.model_config, "dtype", None) or torch.float32
        logger.info(
            "GeoTIFFs are cut into windows of %d pixels. Paths: %d folders; URLs: %d hosts.",
            self._recipe.window,
            len(self._limits.input_roots),
            len(self._limits.hosts),
        )

    def parse_data(self, data: object) -> GeoRequest:
        """Return the validated request; a ValueError becomes the client's error message."""
        request = parse_request(data)
        if request.out_data_format == "path" and self._limits.output_dir is None:
            raise ValueError(f"no path may be written here: {OUTPUT_DIR} is not set on the server")
        return request

    def pre_process(
        self, prompt: GeoRequest, request_id: str | None = None, **kwargs: Any
    ) -> PromptType | Sequence[PromptType]:
        """Return one prompt for each window of the picture."""
        content = read_source(prompt, self._limits)
        bands = self._recipe.bands if prompt.indices is None else tuple(prompt.indices)
        picture = read_picture(content, bands, self._limits.max_samples)
        grid = Grid(picture.place.height, picture.place.width, self._recipe.window)
        if grid.count * grid.window**2 * len(picture.samples) > 4 * self._limits.max_samples:
            raise ValueError("the picture is too narrow: nearly all of its windows are padding")
        windows = cut(standardised(picture.samples, picture.valid, self._recipe), grid)
        layout = Layout(
            grid=grid,
            place=picture.place,
            valid=zlib.compress(np.packbits(picture.valid).tobytes(), 1),
            as_path=prompt.out_data_format == "path",
        )
        prompts: list[Any] = [
            self.window_prompt(torch.from_numpy(window), picture.centre) for window in windows
        ]
        self._in_flight.put(request_id, layout)
        return prompts

    def window_prompt(self, window: torch.Tensor, centre: tuple[float, float] | None) -> Any:
        """Return the prompt for one window, (bands, height, width): the place to suit your model.

        These are the inputs of the models that vLLM runs with terratorch, e.g. Prithvi: latitude
        first, and zeros where it is not known.
        """
        longitude, latitude = centre or (0.0, 0.0)
        return {
            # Such models have no tokens; vLLM needs one.
            "prompt_token_ids": [1],
            "multi_modal_data": {
                "image": {
                    "pixel_values": window.to(self._dtype),
                    "location_coords": torch.tensor([[latitude, longitude]], dtype=self._dtype),
                }
            },
        }

    def merge_pooling_params(self, params: PoolingParams | None = None) -> PoolingParams:
        """Return `params` with the task set; it has to be set on the object passed in."""
        if params is None:
            params = PoolingParams()
        if params.task not in (None, TASK):
            raise ValueError(f"this plugin needs the pooling task {TASK!r}, not {params.task!r}")
        params.task = TASK
        return params

    def post_process(
        self,
        model_output: Sequence[PoolingRequestOutput],
        request_id: str | None = None,
        **kwargs: Any,
    ) -> GeoAnswer:
        """Return the picture of the predictions, where the request's picture lies."""
        layout = self._in_flight.take(request_id)
        picture = joined([_prediction(output) for output in model_output], layout.grid)
        height, width = layout.place.height, layout.place.width
        bits = np.frombuffer(zlib.decompress(layout.valid), np.uint8)
        valid: Any = np.unpackbits(bits, count=height * width).reshape(height, width).astype(bool)
        nodata = NO_CLASS if picture.dtype == np.uint8 else float("nan")
        picture[:, ~valid] = nodata
        content = write_picture(picture, layout.place, nodata)
        if layout.as_path and self._limits.output_dir is not None:
            data = str(save(content, self._limits.output_dir))
        else:
            data = base64.b64encode(content).decode("ascii")
        return GeoAnswer(
            type="path" if layout.as_path else "b64_json",
            data=data,
            width=width,
            height=height,
            windows=layout.grid.count,
        )


def _prediction(output: PoolingRequestOutput) -> Any:
    """Return one window's prediction: classes as uint8, or values as float32.

    A model with several output channels (classes, height, width) is taken for a segmentation, and
    each pixel gets its likeliest class; one with one channel for a regression.
    """
    # `error` exists from vLLM 0.32 on; it is set when this one prompt failed.
    if error := getattr(output, "error", None):
        raise ValueError(f"a window could not be predicted: {error}")
    data = output.outputs.data
    while data.ndim > 3 and data.shape[0] == 1:
        data = data[0]
    if data.ndim not in (2, 3):
        raise ValueError(f"the model returned {data.ndim} dimensions where a picture was expected")
    if data.ndim == 3 and 1 < data.shape[0] < NO_CLASS:
        return data.argmax(dim=0).to(torch.uint8).cpu().numpy()
    return data.to(torch.float32).cpu().numpy()
