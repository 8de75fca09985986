"""Holding JSON to vplug's published schemas, and strictly: a key that no schema names fails too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FOLDER = Path(__file__).parent.parent / "docs" / "schemas"


def load(document: str) -> dict[str, Any]:
    """The schema of a document such as ``vplug.report/1``."""
    name, _, version = document.removeprefix("vplug.").partition("/")
    found: dict[str, Any] = json.loads(
        (FOLDER / f"{name}-{version}.schema.json").read_text(encoding="utf-8")
    )
    return found


def strict(schema: Any) -> Any:
    """The schema with every object closed to keys that it does not name."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        closed["additionalProperties"] = False
    return closed


def hold(document: Any) -> None:
    """Fail unless ``document`` is what its schema says, no key more and no key less."""
    validator = Draft202012Validator(strict(load(document["schema"])))
    faults = [
        f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(document)
    ]
    assert not faults, faults
