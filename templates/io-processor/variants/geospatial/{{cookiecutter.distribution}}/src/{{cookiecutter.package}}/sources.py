"""Where a picture comes from: a file below an allowed folder, or base64 text. URLs: `web.py`."""

import base64
import binascii
import os
import stat
from pathlib import Path

from .environment import INPUT_ROOTS, Limits
from .schema import GeoRequest
from .web import read_url


def read_source(request: GeoRequest, limits: Limits) -> bytes:
    """Return the bytes of the request's GeoTIFF, at most `limits.max_bytes`.

    Raises:
        ValueError: it may not be reached, is too big, or cannot be read.
    """
    if request.data_format == "path":
        return read_path(request.data, limits)
    if request.data_format == "url":
        return read_url(request.data, limits)
    return read_base64(request.data, limits)


def read_base64(text: str, limits: Limits) -> bytes:
    """Return what the text holds.

    Raises:
        ValueError: it is no base64, or holds too much.
    """
    if len(text) // 4 * 3 > limits.max_bytes + 2:
        raise ValueError(f"the picture has more than {limits.max_bytes} bytes")
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"data is not base64: {error}") from None
    if len(content) > limits.max_bytes:
        raise ValueError(f"the picture has more than {limits.max_bytes} bytes")
    return content


def read_path(name: str, limits: Limits) -> bytes:
    """Return what the file holds. It must lie below an allowed folder once links are resolved.

    Whether a file outside exists is not told: the answer is the same.

    Raises:
        ValueError: it may not be read, is no plain file, or is too big.
    """
    if not limits.input_roots:
        raise ValueError(f"no path may be read here: {INPUT_ROOTS} is not set on the server")
    refused = ValueError("data: there is no such file in the folders that may be read")
    path = Path(name)
    if "\0" in name or not path.is_absolute():
        raise ValueError("data: a path must be absolute")
    try:
        resolved = path.resolve()
    except (OSError, RuntimeError):
        raise refused from None
    if not any(resolved.is_relative_to(root) for root in limits.input_roots):
        raise refused
    # Not a link any more, and opened as none; a pipe or a device would block: O_NONBLOCK.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(resolved, flags | getattr(os, "O_BINARY", 0))
    except OSError:
        raise refused from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise refused
        if status.st_size > limits.max_bytes:
            raise ValueError(f"the picture has more than {limits.max_bytes} bytes")
        with open(descriptor, "rb", closefd=False) as stream:
            content = stream.read(limits.max_bytes + 1)
    finally:
        os.close(descriptor)
    if len(content) > limits.max_bytes:
        raise ValueError(f"the picture has more than {limits.max_bytes} bytes")
    return content
