"""The environment variables: their defaults, their values, and what is no value."""

import os
from pathlib import Path

import pytest

from {{ cookiecutter.package }} import environment
from {{ cookiecutter.package }}.environment import Limits, Recipe, read_settings


def test_by_default_nothing_may_be_reached() -> None:
    settings = read_settings({})
    assert (settings.limits, settings.recipe) == (Limits(), Recipe())
    assert settings.limits.input_roots == ()
    assert settings.limits.hosts == frozenset()
    assert settings.limits.output_dir is None


def test_everything_is_read(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    settings = read_settings(
        {
            environment.INPUT_ROOTS: f"{one}{os.pathsep}{two}",
            environment.OUTPUT_DIR: str(two),
            environment.HOSTS: "Data.example.org, other.example.org:8443",
            environment.PRIVATE_HOSTS: "store.local:9000",
            environment.MAX_BYTES: "5",
            environment.MAX_SAMPLES: "6",
            environment.TIMEOUT: "7",
            environment.WINDOW: "224",
            environment.BANDS: "2, 0",
            environment.SCALE: "0.0001",
            environment.MEANS: "1,2.5",
            environment.STDS: "3,4e1",
            environment.FILL: "-1",
        }
    )
    assert settings.limits.input_roots == (one.resolve(), two.resolve())
    assert settings.limits.output_dir == two.resolve()
    assert settings.limits.private_hosts == {"store.local:9000"}
    assert settings.limits.hosts == {
        "data.example.org",
        "other.example.org:8443",
        "store.local:9000",
    }
    assert (settings.limits.max_bytes, settings.limits.max_samples) == (5, 6)
    assert settings.recipe == Recipe(224, (2, 0), 0.0001, (1, 2.5), (3, 40), -1)


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        ({environment.INPUT_ROOTS: "here"}, "INPUT_ROOTS: 'here' is not an absolute path"),
        ({environment.INPUT_ROOTS: "/no/such/folder"}, "INPUT_ROOTS: .* that exists"),
        ({environment.INPUT_ROOTS: "/"}, "INPUT_ROOTS: '/' would open the whole file system"),
        ({environment.OUTPUT_DIR: "/no/such/folder"}, "OUTPUT_DIR: .* that exists"),
        ({environment.HOSTS: "https://example.org"}, "HOSTS: .* is not a host"),
        ({environment.HOSTS: "*.example.org"}, "HOSTS: .* is not a host"),
        ({environment.PRIVATE_HOSTS: "*"}, "PRIVATE_HOSTS must name hosts one by one"),
        ({environment.MAX_BYTES: "0"}, "MAX_BYTES must be a positive whole number"),
        ({environment.WINDOW: "big"}, "WINDOW must be a positive whole number"),
        ({environment.BANDS: "1,-2"}, "BANDS must be band numbers"),
        ({environment.SCALE: "1,2"}, "SCALE must be one number"),
        ({environment.FILL: "nan"}, "FILL must be one number"),
        ({environment.MEANS: "a"}, "MEANS must be numbers"),
        ({environment.MEANS: "1"}, "must hold as many numbers"),
        ({environment.MEANS: "1", environment.STDS: "0"}, "STDS must be greater than 0"),
        (
            {environment.BANDS: "0,1", environment.MEANS: "1", environment.STDS: "1"},
            "one number for each band",
        ),
    ],
)
def test_what_is_no_value_is_refused_by_the_variables_name(
    environ: dict[str, str], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        read_settings(environ)
