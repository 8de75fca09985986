"""The environment variables that the plugin reads: what a request may reach, and what is cut."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "{{ cookiecutter.env_prefix }}_"
INPUT_ROOTS = PREFIX + "INPUT_ROOTS"
OUTPUT_DIR = PREFIX + "OUTPUT_DIR"
HOSTS = PREFIX + "HOSTS"
PRIVATE_HOSTS = PREFIX + "PRIVATE_HOSTS"
MAX_BYTES = PREFIX + "MAX_BYTES"
MAX_SAMPLES = PREFIX + "MAX_SAMPLES"
TIMEOUT = PREFIX + "TIMEOUT_S"
WINDOW = PREFIX + "WINDOW"
BANDS = PREFIX + "BANDS"
SCALE = PREFIX + "SCALE"
MEANS = PREFIX + "MEANS"
STDS = PREFIX + "STDS"
FILL = PREFIX + "FILL"

#: In place of a list of hosts: every host with a public address.
ANY_HOST = "*"


@dataclass(frozen=True)
class Limits:
    """What a request may reach, and how much of it. By default it may reach nothing.

    Attributes:
        input_roots: the folders below which a request may name a file; links resolved.
        output_dir: the folder that answers are written to; None where none may be.
        hosts: the hosts that a URL may name, as "host" or "host:port", or "*".
        private_hosts: those of them that may have a private address, and be reached by http.
        max_bytes: the most bytes of a GeoTIFF.
        max_samples: the most numbers in a picture: width times height times bands, unpacked.
        timeout_s: the seconds that a download may take.
    """

    input_roots: tuple[Path, ...] = ()
    output_dir: Path | None = None
    hosts: frozenset[str] = frozenset()
    private_hosts: frozenset[str] = frozenset()
    max_bytes: int = 256 * 1024**2
    max_samples: int = 100_000_000
    timeout_s: int = 30


@dataclass(frozen=True)
class Recipe:
    """How a picture becomes what the model was trained on.

    Attributes:
        window: the height and width of a window, in pixels.
        bands: the bands that the model takes, counted from 0; all of them when empty.
        scale: what each value is multiplied by first, e.g. 0.0001 for reflectances.
        means: of each band, after scaling; none to leave values as they are.
        stds: of each band, after scaling.
        fill: what stands where the picture has no data, after standardisation.
    """

    window: int = 512
    bands: tuple[int, ...] = ()
    scale: float = 1.0
    means: tuple[float, ...] = ()
    stds: tuple[float, ...] = ()
    fill: float = 0.0


@dataclass(frozen=True)
class Settings:
    """Everything that the environment says."""

    limits: Limits = field(default_factory=Limits)
    recipe: Recipe = field(default_factory=Recipe)


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return what the environment variables say.

    Raises:
        ValueError: one is set to something that cannot be used; the message names it.
    """
    roots = [part for part in environ.get(INPUT_ROOTS, "").split(os.pathsep) if part]
    output = environ.get(OUTPUT_DIR)
    private = _names(environ, PRIVATE_HOSTS)
    if ANY_HOST in private:
        raise ValueError(f"{PRIVATE_HOSTS} must name hosts one by one")
    limits = Limits(
        input_roots=tuple(_folder(INPUT_ROOTS, root) for root in roots),
        output_dir=_folder(OUTPUT_DIR, output) if output else None,
        hosts=_names(environ, HOSTS) | private,
        private_hosts=private,
        max_bytes=_whole(environ, MAX_BYTES, Limits.max_bytes),
        max_samples=_whole(environ, MAX_SAMPLES, Limits.max_samples),
        timeout_s=_whole(environ, TIMEOUT, Limits.timeout_s),
    )
    if limits.output_dir is not None and not os.access(limits.output_dir, os.W_OK):
        raise ValueError(f"{OUTPUT_DIR}: {str(limits.output_dir)!r} cannot be written to")
    recipe = Recipe(
        window=_whole(environ, WINDOW, Recipe.window),
        bands=_bands(environ),
        scale=_numbers(environ, SCALE, (Recipe.scale,))[0],
        means=_numbers(environ, MEANS, ()),
        stds=_numbers(environ, STDS, ()),
        fill=_numbers(environ, FILL, (Recipe.fill,))[0],
    )
    if len(recipe.means) != len(recipe.stds):
        raise ValueError(f"{MEANS} and {STDS} must hold as many numbers, one for each band")
    if recipe.bands and recipe.means and len(recipe.bands) != len(recipe.means):
        raise ValueError(f"{MEANS} must hold one number for each band of {BANDS}")
    if any(std <= 0 for std in recipe.stds):
        raise ValueError(f"{STDS} must be greater than 0")
    return Settings(limits, recipe)


def _folder(name: str, value: str) -> Path:
    folder = Path(value).expanduser()
    if not folder.is_absolute() or not folder.is_dir():
        raise ValueError(f"{name}: {value!r} is not an absolute path of a folder that exists")
    if folder.resolve() == Path(folder.anchor):
        raise ValueError(f"{name}: {value!r} would open the whole file system")
    return folder.resolve()


def _names(environ: Mapping[str, str], name: str) -> frozenset[str]:
    parts = {part.strip().lower() for part in environ.get(name, "").split(",")} - {""}
    for part in parts:
        if part != ANY_HOST and ("/" in part or "*" in part or "@" in part):
            raise ValueError(f"{name}: {part!r} is not a host such as data.example.org")
    return frozenset(parts)


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.strip().isdecimal()) or int(value) == 0:
        raise ValueError(f"{name} must be a positive whole number, not {value!r}")
    return int(value)


def _bands(environ: Mapping[str, str]) -> tuple[int, ...]:
    parts = [part.strip() for part in environ.get(BANDS, "").split(",") if part.strip()]
    if not all(part.isascii() and part.isdecimal() for part in parts):
        raise ValueError(f"{BANDS} must be band numbers from 0, separated by commas")
    return tuple(int(part) for part in parts)


def _numbers(
    environ: Mapping[str, str], name: str, default: tuple[float, ...]
) -> tuple[float, ...]:
    value = environ.get(name)
    if value is None or not value.strip():
        return default
    try:
        numbers = tuple(float(part) for part in value.split(","))
    except ValueError:
        numbers = (math.nan,)
    if not all(map(math.isfinite, numbers)) or (len(default) == 1 and len(numbers) > 1):
        what = "one number" if len(default) == 1 else "numbers, separated by commas"
        raise ValueError(f"{name} must be {what}, not {value!r}")
    return numbers
