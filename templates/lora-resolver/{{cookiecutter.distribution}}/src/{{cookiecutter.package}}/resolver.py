"""The class that vLLM asks: the only module here that imports vLLM at its top.

vLLM's API server asks for every model name that it does not know, one request a name at a time. An
exception would reach the client as an internal error, so whatever is wrong with an adapter goes to
the log, and the client is told that there is no such model.
"""

from __future__ import annotations

import asyncio
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from vllm.logger import init_logger
from vllm.lora.request import LoRARequest
from vllm.lora.resolver import LoRAResolver

from .adapters import AdapterError, is_name
from .download import StoreSource
from .folder import FolderSource

if TYPE_CHECKING:
    from pathlib import Path

    from .environment import Settings

# vLLM gives handlers to the logger "vllm" alone; under another name, INFO would go nowhere.
logger = init_logger(f"vllm.{__name__}")

_DOWNLOADS = 4


class AdapterResolver(LoRAResolver):
    """Finds an adapter by its name: in the folder first, then at the address."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._sources: list[FolderSource | StoreSource] = []
        if settings.folder is not None:
            self._sources.append(FolderSource(settings.folder))
        if settings.store is not None:
            self._sources.append(StoreSource(settings.store))
        # Not asyncio's own threads: slow downloads would keep vLLM waiting for one.
        self._threads = ThreadPoolExecutor(_DOWNLOADS, thread_name_prefix="lora-resolver")

    def __str__(self) -> str:
        return " and ".join(str(source) for source in self._sources)

    async def resolve_lora(self, base_model_name: str, lora_name: str) -> LoRARequest | None:
        """Return the request for the adapter `lora_name` of the served model, or None.

        Nothing in it blocks the event loop: files and network are read in other threads.
        """
        if not is_name(lora_name):
            logger.debug("%r is no adapter's name.", lora_name)
            return None
        for source in self._sources:
            threads = None if isinstance(source, FolderSource) else self._threads
            folder = await asyncio.get_running_loop().run_in_executor(
                threads, _find, source, lora_name, base_model_name
            )
            if folder is not None:
                logger.info("Adapter %s: found in %s.", lora_name, folder)
                return LoRARequest(
                    lora_name=lora_name,
                    # vLLM's server puts a number of its own in place of this one.
                    lora_int_id=zlib.crc32(lora_name.encode()) or 1,
                    lora_path=str(folder),
                )
        return None


def _find(source: FolderSource | StoreSource, name: str, base_model: str) -> Path | None:
    try:
        return source.find(name, base_model)
    except AdapterError as error:
        logger.warning("Adapter %s in %s is not used: %s.", name, source, error)
    except Exception:
        logger.exception("Adapter %s in %s is not used.", name, source)
    return None
