"""GeoTIFFs made on the spot."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

# A place in Spain, in metres; its centre is given to the processor in degrees.
CRS = "EPSG:32630"
TRANSFORM = from_origin(720_000, 4_380_000, 10, 10)


def _geotiff(samples: Any, **profile: Any) -> bytes:
    bands, height, width = samples.shape
    settings = {
        "driver": "GTiff",
        "width": width,
        "height": height,
        "count": bands,
        "dtype": samples.dtype.name,
        "crs": CRS,
        "transform": TRANSFORM,
        **profile,
    }
    with MemoryFile() as memory:
        with memory.open(**settings) as target:
            target.write(samples)
        return bytes(memory.read())


@pytest.fixture
def geotiff() -> Callable[..., bytes]:
    """Make a GeoTIFF: (samples, **profile) → its bytes."""
    return _geotiff


@pytest.fixture
def ramp() -> Any:
    """Three bands of 70 by 50 pixels, every number different."""
    return np.arange(3 * 50 * 70, dtype="float32").reshape(3, 50, 70)
