"""Sends GeoTIFFs through an IO processor to a model in a real engine; run with vLLM and rasterio.

Usage: python offline_geotiff.py MODEL PLUGIN INPUT_FOLDER REPLY
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any


def picture() -> Any:
    """Two bands of 90 by 70 pixels; the first holds -5, 5 and 15 in blocks of 10 by 10."""
    import numpy as np

    blocks = np.random.default_rng(3).integers(0, 3, (7, 9))
    first = np.kron(blocks, np.ones((10, 10))) * 10 - 5
    samples = np.stack([first, np.full_like(first, 7)]).astype("float32")
    samples[:, 11, 12] = -9999
    return samples


def write(path: Path, samples: Any) -> None:
    import rasterio
    from rasterio.transform import from_origin

    profile = {"driver": "GTiff", "width": 90, "height": 70, "count": 2, "dtype": "float32"}
    place = {"crs": "EPSG:32630", "transform": from_origin(720_000, 4_380_000, 10, 10)}
    with rasterio.open(path, "w", nodata=-9999, **profile, **place) as target:
        target.write(samples)


def described(content: bytes) -> dict[str, Any]:
    """What a person would look at in the answer."""
    from rasterio.io import MemoryFile

    with MemoryFile(content) as memory, memory.open() as source:
        return {
            "epsg": source.crs.to_epsg(),
            "origin": [source.transform.c, source.transform.f],
            "nodata": source.nodata,
            "dtypes": list(source.dtypes),
            "picture": source.read(1).tolist(),
        }


def main(model: str, plugin: str, folder: Path, reply: Path) -> None:
    from tiny_engine import engine

    samples = picture()
    write(folder / "scene.tif", samples)
    with engine(
        model=model,
        runner="pooling",
        io_processor_plugin=plugin,
        skip_tokenizer_init=True,
        enable_mm_embeds=True,
    ) as llm:

        def encode(**request: Any) -> Any:
            (output,) = llm.encode({"data": request}, pooling_task="plugin", use_tqdm=False)
            return output.outputs.model_dump()

        path = {"data": str(folder / "scene.tif"), "data_format": "path"}
        text = base64.b64encode((folder / "scene.tif").read_bytes()).decode()
        inline = encode(data=text, data_format="b64_json")
        kept = encode(**path, out_data_format="path")
        answers: dict[str, Any] = {
            "windows": inline["windows"],
            "inline": described(base64.b64decode(inline["data"])),
            "kept": described(Path(kept["data"]).read_bytes()),
            "turned": described(base64.b64decode(encode(**path, indices=[1, 0])["data"])),
            "expected": (samples[0] / 10 + 0.5).round().tolist(),
        }
        for name, request in {
            "outside": {"data": "/etc/passwd", "data_format": "path"},
            "url": {"data": "http://127.0.0.1/a.tif", "data_format": "url"},
        }.items():
            try:
                encode(**request)
            except ValueError as error:
                answers[name] = str(error)
        reply.write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
