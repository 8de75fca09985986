"""The list of an adapter's files."""

import pytest

from {{ cookiecutter.package }}.adapters import AdapterError
from {{ cookiecutter.package }}.checksums import read_list

ONE, TWO = "1" * 64, "2" * 64
LINES = f"{ONE}  adapter_config.json\n{TWO} *adapter_model.safetensors\n"


def test_a_list_is_read_as_sha256sum_writes_it() -> None:
    listed = read_list(LINES.encode())
    assert listed.digests == {"adapter_config.json": ONE, "adapter_model.safetensors": TWO}


def test_the_revision_follows_the_content_and_not_the_order() -> None:
    listed = read_list(LINES.encode())
    turned = "\n".join(reversed(LINES.splitlines()))
    assert read_list(turned.encode()).revision == listed.revision
    changed = LINES.replace(TWO, "3" * 64)
    assert read_list(changed.encode()).revision != listed.revision


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"{ONE}  ../evil.json", "no checksum and plain file name"),
        (f"{ONE}  /evil.json", "no checksum and plain file name"),
        (f"{ONE}  a\\evil.json", "no checksum and plain file name"),
        (f"{ONE}  two words.json", "no checksum and plain file name"),
        (f"{ONE[1:]}  short.json", "no checksum and plain file name"),
        ("<html>", "no checksum and plain file name"),
        (f"{ONE}  .hidden.json", "'.hidden.json'"),
        (f"{ONE}  adapter_model.bin", "'adapter_model.bin'"),
        (f"{ONE}  code.py", "'code.py'"),
        (f"{TWO}  adapter_config.json", "twice"),
        (f"{ONE}  \u00e9.json", "is not ASCII"),
    ],
)
def test_any_other_line_is_refused(line: str, reason: str) -> None:
    with pytest.raises(AdapterError, match=reason):
        read_list((LINES + line).encode())


def test_a_list_without_the_needed_files_or_with_too_many_is_refused() -> None:
    with pytest.raises(AdapterError, match=r"does not name adapter_config\.json"):
        read_list(b"")
    with pytest.raises(AdapterError, match=r"does not name adapter_model\.safetensors"):
        read_list(LINES.splitlines()[0].encode())
    many = LINES + "".join(f"{ONE}  {number}.json\n" for number in range(40))
    with pytest.raises(AdapterError, match="names 42 files"):
        read_list(many.encode())
