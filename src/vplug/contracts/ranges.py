"""A file on a server as a seekable file: what is read is fetched by HTTP byte ranges, in blocks.

Under :class:`zipfile.ZipFile` this reads a wheel's directory and the members asked for, a few
megabytes of several hundred.
"""

from __future__ import annotations

import io

from vplug.contracts.index import NoNetwork, open_url

#: Python members of a wheel lie side by side, so large blocks mean few requests.
BLOCK = 1 << 20


class RangeReader(io.RawIOBase):
    """A read-only seekable file over HTTP ranges.

    Args:
        url: the file's address.
        block: the size of what is fetched at once.

    Raises:
        NoNetwork: the server can't be reached or gives no ranges.
    """

    def __init__(self, url: str, block: int = BLOCK) -> None:
        super().__init__()
        self._url = url
        self._block = block
        self._blocks: dict[int, bytes] = {}
        self._place = 0
        self.fetched = 0
        with open_url(url, {"Range": "bytes=0-0", "Accept-Encoding": "identity"}) as response:
            told = response.headers.get("Content-Range", "")
            if response.status != 206 or "/" not in told:
                raise NoNetwork(
                    "the package index gives no byte ranges, and a whole wheel of vLLM is too much",
                    "download the wheel and give its path",
                )
            self.size = int(told.rpartition("/")[2])

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that it can be sought in."""
        return True

    def tell(self) -> int:
        """Return the place in the file."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, as files do."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read on from the place; fetch the blocks that are not there yet."""
        wanted = min(len(buffer), max(0, self.size - self._place))
        done = 0
        while done < wanted:
            number, skip = divmod(self._place, self._block)
            piece = self._get(number)[skip : skip + wanted - done]
            if not piece:
                break
            buffer[done : done + len(piece)] = piece
            done += len(piece)
            self._place += len(piece)
        return done

    def _get(self, number: int) -> bytes:
        known = self._blocks.get(number)
        if known is None:
            first = number * self._block
            last = min(first + self._block, self.size) - 1
            headers = {"Range": f"bytes={first}-{last}", "Accept-Encoding": "identity"}
            with open_url(self._url, headers) as response:
                try:
                    known = bytes(response.read())
                except OSError as error:
                    raise NoNetwork(f"the package index broke off: {error}") from error
            if len(known) != last - first + 1:
                raise NoNetwork("the package index gave less than it was asked for")
            self.fetched += len(known)
            self._blocks[number] = known
            while len(self._blocks) > 8:
                self._blocks.pop(next(iter(self._blocks)))
        return known
