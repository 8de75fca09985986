"""The looks that start real engines: ``--live``, and ``--bench``, which measures what a plugin costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vplug.errors import Unreadable, UsageFault
from vplug.probe.bench import measure
from vplug.probe.live import observe_live
from vplug.probe.live_settings import LiveSettings, live_settings
from vplug.probe.live_stage import LiveOptions
from vplug.probe.overlay import Overlay
from vplug.verify.run import Look, Options


def live_look(options: LiveOptions, extra: Mapping[str, Any], model: str | None) -> Look:
    """Return the look that starts engines.

    Args:
        options: how; each project's ``[tool.vplug.verify]`` is laid under its settings.
        extra: a table of the same keys from the command line; its keys go before the project's.
        model: ``--model``.
    """

    def look(laid: Overlay, run: Options) -> Mapping[str, Any]:
        settings = settings_of(laid, extra, model)
        step = replace(options, settings=settings, on_step=run.step)
        return {"live": observe_live(laid, step)}

    return look


def bench_look(
    options: LiveOptions, extra: Mapping[str, Any], model: str | None, runs: int
) -> Look:
    """Return the look that measures; ``runs`` engines with the plugins and as many without."""

    def look(laid: Overlay, run: Options) -> Mapping[str, Any]:
        settings = settings_of(laid, extra, model)
        step = replace(options, settings=settings, on_step=run.step)
        return {"bench": measure(laid, step, runs)}

    return look


def settings_of(laid: Overlay, extra: Mapping[str, Any], model: str | None) -> LiveSettings:
    """Return what the project sets, with the command line's laid over it.

    Raises:
        UsageFault: a table with unknown keys or values of the wrong kind.
    """
    config = laid.config if isinstance(laid.config, Mapping) else {}
    project = live_settings(config.get("verify", {}), laid.target.label)
    given = live_settings(dict(extra), "--live-settings")
    plugins = {name: dict(table) for name, table in project.plugins.items()}
    for name, table in given.plugins.items():
        plugins[name] = {**plugins.get(name, {}), **table}
    return LiveSettings(
        model or given.model or project.model,
        {**project.engine, **given.engine},
        {**project.env, **given.env},
        plugins,
    )


def settings_file(path: Path | None) -> Mapping[str, Any]:
    """Return the table of a settings file, TOML or JSON by its name; empty for ``None``.

    Of a file made like pyproject.toml it is ``[tool.vplug.verify]``, empty where there is none.

    Raises:
        UsageFault: it is missing or malformed.
        Unreadable: it cannot be read.
    """
    if path is None:
        return {}
    import json
    import tomllib

    try:
        text = path.read_text(encoding="utf-8")
        table = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except FileNotFoundError as error:
        raise UsageFault(f"--live-settings {path}: no such file") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise UsageFault(
            f"--live-settings {path}: {error}", "give TOML, or JSON in .json"
        ) from error
    except OSError as error:
        raise Unreadable(f"cannot read {path}: {error.strerror}") from error
    if not isinstance(table, dict):
        raise UsageFault(f"--live-settings {path}: it must hold a table")
    if not {"build-system", "project", "tool"} & table.keys():
        return table
    for name in ("tool", "vplug", "verify"):
        table = table.get(name, {})
        if not isinstance(table, dict):
            raise UsageFault(f"--live-settings {path}: {name} must be a table")
    return table
