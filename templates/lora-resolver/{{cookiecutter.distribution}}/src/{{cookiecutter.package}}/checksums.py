"""The list of an adapter's files: a SHA256SUMS file, as `sha256sum` writes it."""

import hashlib
import re
from dataclasses import dataclass

from .adapters import CONFIG, WEIGHTS, AdapterError

LIST = "SHA256SUMS"
MAX_LIST_BYTES = 64 * 1024
MAX_FILES = 32

# "digest  name", or "digest *name" for files read in binary mode.
_LINE = re.compile(r"(?P<digest>[0-9a-f]{64}) [ *](?P<name>[^\s/\\]+)", re.ASCII)
# What a LoRA may consist of. Pickles are missing on purpose: reading one can run code.
_SUFFIXES = (".json", ".safetensors", ".txt", ".md", ".model", ".jinja")


@dataclass(frozen=True)
class FileList:
    """An adapter's files.

    Attributes:
        digests: file name → SHA-256, in hexadecimal.
        revision: what this content is called: the same files, the same revision.
    """

    digests: dict[str, str]
    revision: str


def read_list(text: bytes) -> FileList:
    """Return what a SHA256SUMS file says.

    Raises:
        AdapterError: it does not read so, or names a file that an adapter may not have.
    """
    digests: dict[str, str] = {}
    try:
        lines = text.decode("ascii").splitlines()
    except UnicodeDecodeError as error:
        raise AdapterError(f"its {LIST} is not ASCII") from error
    for line in filter(None, lines):
        match = _LINE.fullmatch(line)
        if match is None:
            raise AdapterError(f"its {LIST} has a line that is no checksum and plain file name")
        name = match["name"]
        if name.startswith(".") or not name.endswith(_SUFFIXES):
            taken = ", ".join(_SUFFIXES)
            raise AdapterError(f"its {LIST} names {name!r}, and only {taken} are taken")
        if name in digests:
            raise AdapterError(f"its {LIST} names {name!r} twice")
        digests[name] = match["digest"]
    if len(digests) > MAX_FILES:
        raise AdapterError(f"its {LIST} names {len(digests)} files, and {MAX_FILES} are allowed")
    for name in (CONFIG, WEIGHTS):
        if name not in digests:
            raise AdapterError(f"its {LIST} does not name {name}")
    content = "\n".join(f"{digest} {name}" for name, digest in sorted(digests.items()))
    return FileList(digests, hashlib.sha256(content.encode()).hexdigest()[:32])
