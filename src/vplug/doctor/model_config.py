"""Which IO processor a model's configuration asks for, and whether it would be found.

Source: ``get_io_processor`` in ``vllm/plugins/io_processors/__init__.py``, 0.10.2 to 0.33.0: the
model configuration's field ``io_processor_plugin``, unless ``--io-processor-plugin`` names one.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from pathlib import Path

from vplug.errors import UsageFault
from vplug.model import ModelFacts, PlannedPlugin, StandingKind

_GROUP = "vllm.io_processor_plugins"


def model_facts(path: Path, planned: Sequence[PlannedPlugin]) -> ModelFacts:
    """Return what the model at ``path`` asks for.

    Args:
        path: a model's folder, or its ``config.json``.
        planned: what vLLM will do with each plugin.

    Raises:
        UsageFault: there is no readable configuration.
    """
    config = _config(path)
    asked = config.get("io_processor_plugin")
    if asked is None:
        return ModelFacts(str(path), None, None, "asks for no IO processor")
    if not isinstance(asked, str):
        state = f"io_processor_plugin is {asked!r}, not a name"
        return ModelFacts(str(path), str(asked), False, state, problem=True)
    ours = [item for item in planned if item.plugin.group == _GROUP]
    named = [item for item in ours if item.plugin.name == asked]
    winner = next(
        (item for item in reversed(named) if item.plugin.standing.kind is StandingKind.LOADS), None
    )
    if winner is not None and winner.loads is not False:
        who = winner.plugin.distribution.label
        doubt = f"; {winner.reason}" if winner.loads is None and winner.reason else ""
        return ModelFacts(str(path), asked, winner.loads, f"asks for {asked!r}, of {who}{doubt}")
    names = [item.plugin.name for item in ours]
    nearest = tuple(difflib.get_close_matches(asked, names, n=3))
    if winner is not None:
        state = f"asks for {asked!r}, which cannot be imported: {winner.reason}"
    elif named:
        state = f"asks for {asked!r}, which does not load: {named[-1].plugin.standing.reason}"
    else:
        state = f"asks for {asked!r}, which no installed distribution declares"
    return ModelFacts(str(path), asked, False, state, nearest, problem=True)


def _config(path: Path) -> dict[str, object]:
    file = path / "config.json" if path.is_dir() else path
    hint = "give the folder of a model, with its config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageFault(f"--model {path}: no config.json there", hint) from error
    except OSError as error:
        raise UsageFault(f"--model {file}: {error.strerror}", hint) from error
    except ValueError as error:
        raise UsageFault(f"--model {file} is no JSON", hint) from error
    if not isinstance(config, dict):
        raise UsageFault(f"--model {file} holds no JSON object", hint)
    return config
