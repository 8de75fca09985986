"""GeoTIFF to numbers and back. GDAL sees bytes in memory only, and only its GeoTIFF driver runs.

So a file that names other files or addresses (a VRT, a sidecar) reaches nothing.
"""

import math
import os
import secrets
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.enums import MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import MemoryFile
from rasterio.transform import Affine

# A picture without a georeference is welcome here. For all threads: catch_warnings is for one.
warnings.filterwarnings("ignore", category=NotGeoreferencedWarning)

DRIVER = "GTiff"
#: The most pictures in one file, where one of them is a mask: overviews have masks of their own.
MAX_DIRECTORIES = 64


@dataclass(frozen=True)
class Georeference:
    """Where on Earth the picture lies, as plain values that can be compared and kept.

    Attributes:
        width: in pixels.
        height: in pixels.
        crs: the coordinate reference system as WKT; "" if the picture has none.
        transform: the six numbers from pixels to coordinates; None if the picture has none.
        gcps: ground control points, (row, column, x, y, z) each, where there is no transform.
    """

    width: int
    height: int
    crs: str
    transform: tuple[float, ...] | None
    gcps: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class Picture:
    """A picture's numbers.

    Attributes:
        samples: (bands, height, width), as float32.
        valid: (height, width), False where a band has no data.
        place: its georeference.
        centre: longitude and latitude of its centre, in degrees; None if they are not known.
    """

    samples: Any
    valid: Any
    place: Georeference
    centre: tuple[float, float] | None


def read_picture(content: bytes, bands: tuple[int, ...], max_samples: int) -> Picture:
    """Return the picture in a GeoTIFF's bytes.

    Args:
        content: the file.
        bands: which bands to take, from 0; all when empty.
        max_samples: the most numbers it may have, read from its header before any is unpacked.

    Raises:
        ValueError: it is no GeoTIFF, is too big, or lacks a band.
    """
    if not content:
        raise ValueError("the picture is not a GeoTIFF that can be read: it is empty")
    try:
        with MemoryFile(content) as memory, memory.open(driver=DRIVER) as source:
            _check_size(source, max_samples)
            _check_masks(source, memory.name, max_samples)
            if missing := [band for band in bands if band >= source.count]:
                raise ValueError(f"the picture has {source.count} bands, and no band {missing[0]}")
            indexes = [band + 1 for band in bands] or list(source.indexes)
            if len(indexes) * source.width * source.height > max_samples:
                raise ValueError(f"more than {max_samples} samples are asked for")
            if any(np.dtype(source.dtypes[index - 1]).kind == "c" for index in indexes):
                raise ValueError("pictures of complex numbers are not supported")
            samples = source.read(indexes, out_dtype="float32")
            valid = (source.read_masks(indexes) > 0).all(axis=0)
            valid &= np.isfinite(samples).all(axis=0)
            return Picture(samples, valid, _place(source), _centre(source))
    except RasterioError as error:
        raise ValueError(f"the picture is not a GeoTIFF that can be read: {error}") from None


def _check_size(source: Any, max_samples: int) -> None:
    """Refuse what would unpack to more than is allowed: a few bytes can stand for gigabytes."""
    samples = source.width * source.height * source.count
    # GDAL unpacks block by block, and a small picture may be cut from a huge block.
    block = max(math.prod(shape) for shape in source.block_shapes) * source.count
    if samples <= max_samples < block:
        raise ValueError(
            f"the picture is kept in blocks of {block} samples, "
            f"and {max_samples} samples are allowed"
        )
    if samples > max_samples:
        raise ValueError(
            f"the picture has {source.width} x {source.height} pixels in {source.count} bands, "
            f"and {max_samples} samples are allowed"
        )


def _check_masks(source: Any, name: str, max_samples: int) -> None:
    """Refuse a mask that would unpack to more than is allowed.

    A mask is a picture of its own in the file, with blocks of its own that GDAL does not tell of:
    half a megabyte can stand for 4 GB.
    """
    if not any(MaskFlags.per_dataset in flags for flags in source.mask_flag_enums):
        return
    for number in range(2, MAX_DIRECTORIES + 1):
        try:
            with rasterio.open(f"GTIFF_DIR:{number}:{name}", driver=DRIVER) as part:
                _check_size(part, max_samples)
        except RasterioError as error:
            # Any other error is of this part alone: another may come after it.
            if "not found" in str(error):
                return
    raise ValueError(f"the file holds {MAX_DIRECTORIES} pictures or more")


def _place(source: Any) -> Georeference:
    points, points_crs = source.gcps
    has_transform = not source.transform.is_identity
    crs = source.crs or (points_crs if points else None)
    return Georeference(
        width=source.width,
        height=source.height,
        crs=crs.to_wkt() if crs else "",
        transform=tuple(source.transform)[:6] if has_transform else None,
        gcps=() if has_transform else tuple((p.row, p.col, p.x, p.y, p.z or 0.0) for p in points),
    )


def _centre(source: Any) -> tuple[float, float] | None:
    if not source.crs or source.transform.is_identity:
        return None
    with suppress(RasterioError, ValueError):
        longitude, latitude = source.lnglat()
        if math.isfinite(longitude) and math.isfinite(latitude):
            return float(longitude), float(latitude)
    return None


def write_picture(samples: Any, place: Georeference, nodata: float) -> bytes:
    """Return a compressed GeoTIFF of `samples`, (bands, height, width), at the same place.

    Raises:
        ValueError: GDAL refuses.
    """
    profile: dict[str, Any] = {
        "driver": DRIVER,
        "width": place.width,
        "height": place.height,
        "count": samples.shape[0],
        "dtype": samples.dtype.name,
        "nodata": nodata,
        "compress": "deflate",
        # Classic TIFF ends at 4 GiB.
        "BIGTIFF": "IF_SAFER",
    }
    if place.crs:
        profile["crs"] = CRS.from_wkt(place.crs)
    if place.transform is not None:
        profile["transform"] = Affine(*place.transform)
    try:
        with MemoryFile() as memory:
            with memory.open(**profile) as target:
                target.write(samples)
                if place.gcps:
                    points = [
                        GroundControlPoint(row, column, x, y, z)
                        for row, column, x, y, z in place.gcps
                    ]
                    target.gcps = (points, profile.get("crs"))
            return bytes(memory.read())
    except RasterioError as error:
        raise ValueError(f"the answer cannot be written: {error}") from None


def save(content: bytes, folder: Path) -> Path:
    """Write a file of a new name into `folder`, whole or not at all, and return its path.

    The name cannot be guessed, and a request has no say in it.

    Raises:
        ValueError: the disk refuses.
    """
    path = folder / f"{secrets.token_hex(16)}.tiff"
    part = path.with_suffix(".part")
    try:
        with part.open("xb") as stream:
            stream.write(content)
        part.rename(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise ValueError(f"the answer cannot be kept: {os.strerror(error.errno or 0)}") from None
    return path
