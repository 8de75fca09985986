"""The processor against vLLM's real interface; skipped where vLLM is not installed.

No engine and no model: the outputs are made up, the GeoTIFFs are real. Named after vLLM's own test
of its IO processors.
"""

from __future__ import annotations

import base64
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed: its real interface cannot be tried")

import numpy as np
import torch
from rasterio.io import MemoryFile
from vllm.outputs import PoolingOutput, PoolingRequestOutput
from vllm.plugins.io_processors import get_io_processor
from vllm.plugins.io_processors.interface import IOProcessor
from vllm.pooling_params import PoolingParams

from {{ cookiecutter.package }} import environment
from {{ cookiecutter.package }}.plugin import register
from {{ cookiecutter.package }}.processor import GeoTiffProcessor

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "{{ cookiecutter.plugin_name }}"
CONFIG: Any = SimpleNamespace(model_config=None)
RENDERER: Any = SimpleNamespace()


@pytest.fixture
def processor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> GeoTiffProcessor:
    monkeypatch.setenv(environment.WINDOW, "32")
    monkeypatch.setenv(environment.INPUT_ROOTS, str(tmp_path))
    monkeypatch.setenv(environment.OUTPUT_DIR, str(tmp_path))
    return GeoTiffProcessor(CONFIG, RENDERER)


def output(prediction: torch.Tensor) -> PoolingRequestOutput[PoolingOutput]:
    return PoolingRequestOutput(
        request_id="0",
        outputs=PoolingOutput(data=prediction),
        prompt_token_ids=[1],
        num_cached_tokens=0,
        finished=True,
    )


def request(content: bytes, **fields: object) -> dict[str, object]:
    text = base64.b64encode(content).decode()
    return {"data": text, "data_format": "b64_json", **fields}


def test_the_entry_point_names_a_subclass_of_vllms_interface() -> None:
    assert register() == f"{GeoTiffProcessor.__module__}.{GeoTiffProcessor.__qualname__}"
    assert issubclass(GeoTiffProcessor, IOProcessor)
    assert not GeoTiffProcessor.__abstractmethods__


def test_vllm_finds_and_builds_it_by_name() -> None:
    if not metadata.entry_points(group="vllm.io_processor_plugins", name=NAME):
        pytest.skip("this plugin is not installed, so that vLLM cannot find it")
    assert isinstance(get_io_processor(CONFIG, RENDERER, NAME), GeoTiffProcessor)


def windows_of(prompts: Any) -> list[torch.Tensor]:
    return [prompt["multi_modal_data"]["image"]["pixel_values"] for prompt in prompts]


def test_a_picture_goes_out_in_windows_and_comes_back_in_its_place(
    processor: GeoTiffProcessor, geotiff: Callable[..., bytes], ramp: Any
) -> None:
    ramp[:, 3, 4] = -1
    prompts = processor.pre_process(processor.parse_data(request(geotiff(ramp, nodata=-1))))
    windows = windows_of(prompts)
    assert [tuple(window.shape) for window in windows] == [(3, 32, 32)] * 6
    latitude, longitude = prompts[0]["multi_modal_data"]["image"]["location_coords"][0].tolist()
    assert (longitude, latitude) == pytest.approx((-0.43, 39.54), abs=0.05)
    # A model that returns its first band.
    answer = processor.post_process([output(window[:1]) for window in windows])
    assert (answer.width, answer.height, answer.windows) == (70, 50, 6)
    with MemoryFile(base64.b64decode(answer.data)) as memory, memory.open() as target:
        assert target.crs.to_epsg() == 32630
        picture = target.read(1)
        assert np.argwhere(np.isnan(picture)).tolist() == [[3, 4]]
        ramp[:, 3, 4] = np.nan
        np.testing.assert_array_equal(picture, ramp[0])


def test_scores_of_classes_become_classes(
    processor: GeoTiffProcessor, geotiff: Callable[..., bytes]
) -> None:
    truth = np.random.default_rng(0).integers(0, 3, (1, 40, 40), "uint8")
    prompts = processor.pre_process(processor.parse_data(request(geotiff(truth))))
    scores = [
        torch.stack([(window[0] == number).float() for number in range(3)])
        for window in windows_of(prompts)
    ]
    answer = processor.post_process([output(score) for score in scores])
    with MemoryFile(base64.b64decode(answer.data)) as memory, memory.open() as target:
        assert target.dtypes == ("uint8",)
        assert target.nodata == 255
        np.testing.assert_array_equal(target.read(), truth)


def test_a_path_in_and_a_path_out(
    processor: GeoTiffProcessor, geotiff: Callable[..., bytes], ramp: Any, tmp_path: Path
) -> None:
    (tmp_path / "in.tif").write_bytes(geotiff(ramp))
    asked = {"data": str(tmp_path / "in.tif"), "data_format": "path", "out_data_format": "path"}
    windows = windows_of(processor.pre_process(processor.parse_data({**asked, "indices": [1]})))
    answer = processor.post_process([output(window) for window in windows])
    assert answer.type == "path"
    assert Path(answer.data).parent == tmp_path
    with MemoryFile(Path(answer.data).read_bytes()) as memory, memory.open() as target:
        np.testing.assert_array_equal(target.read(1), ramp[1])


def test_requests_under_way_together_are_kept_apart(
    processor: GeoTiffProcessor, geotiff: Callable[..., bytes], ramp: Any
) -> None:
    small = ramp[:, :20, :30].copy()
    prompts = {
        name: windows_of(
            processor.pre_process(processor.parse_data(request(geotiff(samples))), request_id=name)
        )
        for name, samples in {"big": ramp, "small": small}.items()
    }
    for name, size in {"small": (30, 20), "big": (70, 50)}.items():
        outputs = [output(window) for window in prompts[name]]
        answer = processor.post_process(outputs, request_id=name)
        assert (answer.width, answer.height) == size


def test_without_an_output_folder_no_path_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(environment.OUTPUT_DIR, raising=False)
    asked = request(b"x", out_data_format="path")
    with pytest.raises(ValueError, match=f"{environment.OUTPUT_DIR} is not set"):
        GeoTiffProcessor(CONFIG, RENDERER).parse_data(asked)


def test_a_sliver_is_refused(processor: GeoTiffProcessor, geotiff: Callable[..., bytes]) -> None:
    processor._limits = environment.Limits(max_samples=1000)
    sliver = geotiff(np.zeros((1, 1, 900), "uint8"))
    with pytest.raises(ValueError, match="nearly all of its windows are padding"):
        processor.pre_process(processor.parse_data(request(sliver)))


def test_the_task_is_set_on_the_parameters_passed_in(processor: GeoTiffProcessor) -> None:
    params = PoolingParams()
    assert processor.merge_pooling_params(params) is params
    assert params.task == "plugin"
    assert processor.merge_pooling_params().task == "plugin"
    with pytest.raises(ValueError, match="needs the pooling task 'plugin', not 'classify'"):
        processor.merge_pooling_params(PoolingParams(task="classify"))


def test_outputs_that_do_not_fit_are_refused(
    processor: GeoTiffProcessor, geotiff: Callable[..., bytes], ramp: Any
) -> None:
    good = output(torch.zeros(1, 32, 32))
    failed = output(torch.zeros(1, 32, 32))
    failed.error = "out of memory"
    for outputs, reason in (
        ([good], "1 predictions came for 6 windows"),
        ([failed] * 6, "a window could not be predicted: out of memory"),
        ([output(torch.zeros(7))] * 6, "1 dimensions where a picture was expected"),
    ):
        processor.pre_process(processor.parse_data(request(geotiff(ramp))))
        with pytest.raises(ValueError, match=reason):
            processor.post_process(outputs)


def test_a_wrong_environment_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.WINDOW, "none")
    with pytest.raises(ValueError, match=environment.WINDOW):
        GeoTiffProcessor(CONFIG, RENDERER)
