"""GeoTIFFs read and written, and those that are refused."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasterio.control import GroundControlPoint
from rasterio.io import MemoryFile

from {{ cookiecutter.package }} import raster

Make = Callable[..., bytes]
MANY = 10**7


def test_numbers_and_place_come_through(geotiff: Make, ramp: Any) -> None:
    picture = raster.read_picture(geotiff(ramp), (), MANY)
    np.testing.assert_array_equal(picture.samples, ramp)
    assert picture.valid.all()
    assert picture.centre == pytest.approx((-0.43, 39.54), abs=0.05)
    written = raster.write_picture(ramp[:1], picture.place, -1)
    with MemoryFile(written) as memory, memory.open() as target:
        assert target.crs.to_epsg() == 32630
        assert target.transform.c == 720_000
        assert (target.width, target.height, target.nodata) == (70, 50, -1)
        np.testing.assert_array_equal(target.read(1), ramp[0])


def test_bands_are_taken_in_the_order_asked_for(geotiff: Make, ramp: Any) -> None:
    picture = raster.read_picture(geotiff(ramp), (2, 0), MANY)
    np.testing.assert_array_equal(picture.samples, ramp[[2, 0]])
    with pytest.raises(ValueError, match="has 3 bands, and no band 3"):
        raster.read_picture(geotiff(ramp), (0, 3), MANY)


def test_pixels_without_data_are_known(geotiff: Make, ramp: Any) -> None:
    ramp[1, 0, 0] = -9999
    ramp[2, 1, 1] = np.nan
    picture = raster.read_picture(geotiff(ramp, nodata=-9999), (), MANY)
    assert np.argwhere(~picture.valid).tolist() == [[0, 0], [1, 1]]


def test_a_picture_without_a_place_stays_without(geotiff: Make, ramp: Any) -> None:
    picture = raster.read_picture(geotiff(ramp, crs=None, transform=None), (), MANY)
    assert picture.centre is None
    written = raster.write_picture(ramp, picture.place, 0)
    with MemoryFile(written) as memory, memory.open() as target:
        assert target.crs is None
        assert target.transform.is_identity


def test_ground_control_points_are_kept(geotiff: Make, ramp: Any) -> None:
    points = [GroundControlPoint(row, row, row * 2.0, row * 3.0, 0.0) for row in range(4)]
    content = geotiff(ramp, transform=None, gcps=points)
    place = raster.read_picture(content, (), MANY).place
    again = raster.read_picture(raster.write_picture(ramp, place, 0), (), MANY).place
    assert again.gcps == place.gcps
    assert len(place.gcps) == 4
    assert again.crs == place.crs


@pytest.mark.parametrize(
    "content", [b"", b"II*\0", b"\x89PNG\r\n", b"<VRTDataset/>", b"/etc/passwd", b"x" * 100]
)
def test_what_is_no_geotiff_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="not a GeoTIFF that can be read"):
        raster.read_picture(content, (), MANY)


def test_a_vrt_reaches_nothing(tmp_path: Path, geotiff: Make, ramp: Any) -> None:
    secret = tmp_path / "secret.tif"
    secret.write_bytes(geotiff(ramp))
    vrt = (
        '<VRTDataset rasterXSize="70" rasterYSize="50"><VRTRasterBand dataType="Float32" band="1">'
        f"<SimpleSource><SourceFilename>{secret}</SourceFilename></SimpleSource>"
        "</VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(ValueError, match="not a GeoTIFF"):
        raster.read_picture(vrt.encode(), (), MANY)


def test_half_a_file_is_refused(geotiff: Make, ramp: Any) -> None:
    content = geotiff(ramp, compress="deflate")
    with pytest.raises(ValueError, match="not a GeoTIFF that can be read"):
        raster.read_picture(content[: len(content) // 2], (), MANY)


def test_a_bomb_is_refused_by_its_header(geotiff: Make) -> None:
    """A few kilobytes that would unpack to a hundred megabytes."""
    bomb = geotiff(
        np.zeros((1, 10_000, 10_000), "uint8"), compress="deflate", sparse_ok=True, tiled=True
    )
    assert len(bomb) < 1_000_000
    with pytest.raises(ValueError, match=r"10000 x 10000 pixels in 1 bands, and 10000000 samples"):
        raster.read_picture(bomb, (), MANY)


def test_a_small_picture_of_a_huge_block_is_refused(geotiff: Make) -> None:
    content = geotiff(
        np.zeros((1, 16, 16), "uint8"),
        compress="deflate",
        tiled=True,
        blockxsize=8192,
        blockysize=8192,
    )
    with pytest.raises(ValueError, match=f"in blocks of {8192**2} samples"):
        raster.read_picture(content, (), MANY)


def tiff(*sides: int) -> bytes:
    """Return a TIFF of 16 by 16 pixels, and a mask of it in one tile for each side given."""
    parts = [[(277, 3, 1)]] + [[(254, 4, 4), (322, 4, side), (323, 4, side)] for side in sides]
    content = b"II*\0\x08\0\0\0"
    for number, part in enumerate(parts):
        bits, tile = (1, 322) if number else (8, 0)
        blocks = [(324, 4, 8), (325, 4, 9)] if tile else [(273, 4, 8), (278, 4, 16), (279, 4, 9)]
        tags = [*part, *blocks, (256, 4, 16), (257, 4, 16), (258, 3, bits), (259, 3, 8)]
        tags = sorted([*tags, (262, 3, 4 if number else 1)])
        content += struct.pack("<H", len(tags))
        content += b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
        content += struct.pack("<I", len(content) + 4 if part is not parts[-1] else 0)
    return content


@pytest.mark.parametrize("sides", [(65536,), (16, 65536), (131072, 65536)])
def test_a_mask_of_a_huge_block_is_refused(sides: tuple[int, ...]) -> None:
    """A mask's blocks are its own: half a megabyte of them took 4 GB and a minute."""
    with MemoryFile(tiff(*sides)) as memory, memory.open() as source:
        assert max(source.block_shapes) == (16, 16)
    with pytest.raises(ValueError, match=f"{MANY} samples are allowed"):
        raster.read_picture(tiff(*sides), (), MANY)


def test_more_masks_than_can_be_looked_at_are_refused() -> None:
    with pytest.raises(ValueError, match="64 pictures or more"):
        raster.read_picture(tiff(*[16] * 70), (), MANY)


def test_complex_numbers_are_refused(geotiff: Make) -> None:
    content = geotiff(np.zeros((1, 4, 4), "complex64"))
    with pytest.raises(ValueError, match="complex numbers"):
        raster.read_picture(content, (), MANY)


def test_answers_are_kept_under_names_of_their_own(tmp_path: Path) -> None:
    paths = {raster.save(b"answer", tmp_path) for _ in range(3)}
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert all(path.read_bytes() == b"answer" for path in paths)
    with pytest.raises(ValueError, match="the answer cannot be kept"):
        raster.save(b"answer", tmp_path / "none")
