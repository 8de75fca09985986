"""The class that vLLM builds and calls: the only module here that imports vLLM.

It derives from the base of loggers for all engines of a process, which vLLM has from 0.11.1 on. To
a logger of one engine, `StatLoggerBase`, vLLM hands on neither sleeping nor rejected requests
(`PerEngineStatLoggerAdapter` in vllm/v1/metrics/loggers.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vllm.logger import init_logger
from vllm.v1.metrics.loggers import AggregateStatLoggerBase

from .environment import settings
from .window import Window
from .writer import writer_for

if TYPE_CHECKING:
    from vllm.config import VllmConfig

# vLLM gives handlers to the logger "vllm" alone; under another name, INFO would go nowhere.
logger = init_logger(f"vllm.{__name__}")


class JsonLinesStatLogger(AggregateStatLoggerBase):
    """Sums up what each engine did, and has it written as JSON lines.

    What vLLM records is on the path of every request, so that no method raises.
    """

    def __init__(
        self,
        vllm_config: VllmConfig,
        engine_indexes: list[int] | None = None,
        engine_index: int = 0,
    ) -> None:
        """Begin a window for each engine.

        Args:
            vllm_config: vLLM's configuration.
            engine_indexes: the engines that this process talks to.
            engine_index: the one engine, as a `StatLoggerBase` is told; for own callers.

        Raises:
            ValueError: an environment variable is wrong. It stops the start.
        """
        chosen = settings()
        self._writer = writer_for(chosen)
        self._windows: dict[int, Window] = {}
        self._failed = False
        self._model = getattr(getattr(vllm_config, "model_config", None), "model", None)
        for index in [engine_index] if engine_indexes is None else engine_indexes:
            self._window(index)
        logger.info("Statistics go to %s every %d s.", chosen.file, chosen.interval)

    def record(
        self,
        scheduler_stats: object = None,
        iteration_stats: object = None,
        mm_cache_stats: object = None,
        engine_idx: int = 0,
        **later: Any,
    ) -> None:
        """Add one step of one engine; what later releases pass besides is left alone."""
        try:
            self._window(engine_idx).record(scheduler_stats, iteration_stats, mm_cache_stats)
        except Exception:
            if not self._failed:
                self._failed = True
                logger.exception("Statistics could not be read; this is said once.")

    def log_engine_initialized(self) -> None:
        """Say in the file which model the lines after it are about."""
        self._writer.event("engine_initialized", model=self._model, engines=sorted(self._windows))

    def record_sleep_state(self, is_awake: int = 0, level: int = 0) -> None:
        """Say in the file that the engines fell asleep or woke up.

        Despite the argument's name, vLLM passes 1 for asleep and 0 for awake
        (`StatLoggerManager.record_sleep_state`, `AsyncLLM.sleep`).
        """
        self._writer.event("sleep" if is_awake else "wake_up", level=level)

    def record_admission_rejection(self, reason: str) -> None:
        """Count a request that was turned away, with the first engine; vLLM tells from 0.32 on."""
        self._window(min(self._windows, default=0)).reject(str(reason))

    def _window(self, engine: int) -> Window:
        window = self._windows.get(engine)
        if window is None:
            window = self._windows[engine] = Window()
            self._writer.add_source({"engine": engine}, window.take)
        return window
