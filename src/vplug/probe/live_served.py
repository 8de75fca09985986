"""What only a server can be asked: an endpoint plugin's routes, a LoRA adapter by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vplug.probe.engine_plan import ADAPTER, EnginePlan
from vplug.probe.engine_run import Server

_PARAMETER = re.compile(r"{[^}]*}")
_BODY_METHODS = ("POST", "PUT", "PATCH")
#: The safest first; DELETE and the like are asked only by a project's own word.
_ASKED = ("GET", "HEAD", *_BODY_METHODS)


def routes_of(events: list[dict[str, Any]], subject: str) -> list[tuple[str, str]]:
    """Return the method and path template of each route that an endpoint plugin attached."""
    found = []
    for event in events:
        if event.get("method") != "attach_router" or event.get("subject") != subject:
            continue
        for route in event.get("routes") or ():
            methods = set(route["methods"]) & set(_ASKED)
            if "GET" in methods:
                methods.discard("HEAD")
            found += [(method, str(route["path"])) for method in sorted(methods)]
    return list(dict.fromkeys(found))


def try_routes(
    server: Server, subject: str, own: Mapping[str, Any]
) -> dict[str, Mapping[str, Any]]:
    """Ask an endpoint plugin's routes and return ``subject METHOD path`` → status, body, listed.

    Args:
        server: answers.
        subject: the plugin as ``group:name``.
        own: the project's settings for it: with ``path`` that alone is asked.
    """
    listed = (server.ask("GET", "/openapi.json").json or {}).get("paths", {})
    asked: list[tuple[str, str, Any]]
    if "path" in own:
        method = str(own.get("method", "POST" if "body" in own else "GET")).upper()
        asked = [(method, str(own["path"]), own.get("body"))]
    else:
        asked = [
            (method, template, {} if method in _BODY_METHODS else None)
            for method, template in routes_of(server.events(), subject)
        ]
    answers: dict[str, Mapping[str, Any]] = {}
    for method, template, body in asked:
        answer = server.ask(method, _PARAMETER.sub("1", template), body)
        answers[f"{subject} {method} {template}"] = {
            "status": answer.status,
            "body": answer.text[:2000],
            "listed": method.lower() in listed.get(template, {}),
        }
    return answers


def serve_adapter(server: Server, planned: EnginePlan) -> Mapping[str, Any]:
    """Ask for the adapter by its name, as a client would; say whether its tokens are others."""
    use = planned.uses[0]
    base = server.complete(use)
    adapted = server.complete(use, model=ADAPTER)
    differs = bool(base.get("ok") and adapted.get("ok") and base["tokens"] != adapted["tokens"])
    return {**adapted, "differs": differs}
