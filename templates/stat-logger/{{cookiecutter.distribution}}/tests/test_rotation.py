"""The file: rotated by size, whole after a failure, and shared by processes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from {{ cookiecutter.package }}.rotation import RotatingFile

APPEND = """
import json, pathlib, sys
from {{ cookiecutter.package }}.rotation import RotatingFile
file = RotatingFile(pathlib.Path(sys.argv[1]), 2000, 1000, lock_timeout=60)
for number in range(100):
    file.append([json.dumps({"writer": sys.argv[2], "number": number, "rest": "x" * 50})])
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_a_full_file_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "deep" / "s.jsonl", max_bytes=10, backups=2)
    for line in ("first", "second", "third", "fourth"):
        file.append([line])
    folder = tmp_path / "deep"
    assert names(folder) == ["s.jsonl", "s.jsonl.1", "s.jsonl.2"]
    kept = [(folder / name).read_text() for name in names(folder)]
    assert kept == ["fourth\n", "third\n", "second\n"]


def test_without_backups_the_file_begins_anew(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "s.jsonl", max_bytes=10, backups=0)
    for line in ("first", "second"):
        file.append([line])
    assert names(tmp_path) == ["s.jsonl"]
    assert file.file.read_text() == "second\n"


def test_a_line_longer_than_the_limit_is_written_whole(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "s.jsonl", max_bytes=10, backups=1)
    file.append(["x" * 100])
    file.append(["y"])
    assert (tmp_path / "s.jsonl.1").read_text() == "x" * 100 + "\n"


def test_lines_follow_half_a_line_that_a_killed_process_left(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('{"hal')
    RotatingFile(tmp_path / "s.jsonl", max_bytes=1000, backups=1).append(["{}"])
    assert (tmp_path / "s.jsonl").read_text() == '{"hal\n{}\n'


def test_a_file_moved_away_is_made_again(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "s.jsonl", max_bytes=1000, backups=1)
    file.append(["one"])
    (tmp_path / "s.jsonl").rename(tmp_path / "moved")
    file.append(["two"])
    assert (tmp_path / "s.jsonl").read_text() == "two\n"


def test_a_disk_that_refuses_half_way_leaves_whole_lines(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="no such limit on this system")
    file = RotatingFile(tmp_path / "s.jsonl", max_bytes=100_000, backups=1)
    file.append(["before"])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, limits[1]))
    try:
        with pytest.raises(OSError, match="large"):
            file.append(["x" * 100])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert file.file.read_text() == "before\n"
    file.append(["after"])
    assert file.file.read_text() == "before\nafter\n"


def test_a_lock_that_another_holds_is_an_os_error(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "s.jsonl", max_bytes=1000, backups=1, lock_timeout=0.01)
    with FileLock(f"{file.file}.lock"), pytest.raises(Timeout):
        file.append(["one"])
    assert issubclass(Timeout, OSError)


def test_processes_write_to_one_file_without_mixing_or_losing_lines(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", APPEND, str(tmp_path / "s.jsonl"), str(number)])
        for number in range(3)
    ]
    assert [writer.wait(timeout=300) for writer in writers] == [0, 0, 0]
    assert len(names(tmp_path)) > 10
    texts = [(tmp_path / name).read_text() for name in names(tmp_path)]
    lines = [json.loads(line) for text in texts for line in text.splitlines()]
    assert len(lines) == 300
    assert {(line["writer"], line["number"]) for line in lines} == {
        (str(writer), number) for writer in range(3) for number in range(100)
    }
    assert all((tmp_path / name).stat().st_size <= 2000 for name in names(tmp_path))
