"""VP308, VP311: what is done while a request waits, and with what the request holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from vplug.analysis.ancestry import ancestry
from vplug.analysis.handlers import Handler
from vplug.analysis.modules import Module
from vplug.analysis.nodes import walk
from vplug.analysis.scopes import FunctionNode, parameters, walk_body
from vplug.model import Severity
from vplug.rules.evidence import Evidence
from vplug.rules.verdict import Fault, Skip

_DEPTH = 3
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

#: Calls that wait for another machine, process or the clock, by full name or its beginning.
_WAITING = (
    "boto3.", "ftplib.", "httpx.delete", "httpx.get", "httpx.patch", "httpx.post", "httpx.put",
    "httpx.request", "httpx.stream", "httpx.Client().", "huggingface_hub.hf_hub_download",
    "huggingface_hub.snapshot_download", "huggingface_hub.HfApi().", "modelscope.snapshot_download",
    "os.system", "os.popen", "os.wait", "os.waitpid", "paramiko.", "pymongo.", "redis.Redis().",
    "requests.", "smtplib.", "socket.create_connection", "socket.getaddrinfo",
    "socket.gethostbyname", "socket.socket().", "sqlite3.", "subprocess.call",
    "subprocess.check_call", "subprocess.check_output", "subprocess.getoutput", "subprocess.run",
    "time.sleep", "urllib.request.", "urllib3.", "xmlrpc.",
)  # fmt: skip
#: Names under these that wait for nothing; nor does the making of an object (`requests.Session()`).
_NOT_WAITING = (
    "boto3.client", "boto3.resource", "boto3.setup_default_session", "requests.codes",
    "requests.compat", "requests.utils", "urllib.request.build_opener",
    "urllib.request.pathname2url", "urllib.request.url2pathname", "urllib3.disable_warnings",
    "urllib3.util",
)  # fmt: skip
#: Calls that read or write files: short for small ones.
_FILES = frozenset(
    {
        "builtins.open", "io.open", "os.listdir", "os.scandir", "os.walk", "shutil.copy",
        "shutil.copyfile", "shutil.copytree", "shutil.move", "shutil.rmtree",
        "shutil.unpack_archive", "tarfile.open", "torch.load", "safetensors.torch.load_file",
        "zipfile.ZipFile", "numpy.load",
    }
)  # fmt: skip
_FILE_METHODS = frozenset({"read_bytes", "read_text", "write_bytes", "write_text"})


def blocking_call(evidence: Evidence) -> Iterator[Fault]:
    """A call in an async function keeps the event loop from anything else.

    ## What it does
    Looks at the async methods that vLLM awaits (`resolve_lora`, an IO processor's `…_async`) and at
    async endpoint handlers, and at the package's own functions that they call, for calls that wait for
    another machine, a process or the clock: `requests`, `time.sleep`, `subprocess.run`, `urllib`,
    sockets, downloads. Files read or written are `info`: a small one is read at once.

    What is handed over (`asyncio.to_thread(requests.get, url)`) is not called there, and is let pass.

    ## Why is this bad?
    vLLM's front end serves all requests from one event loop. While the call waits, no request is
    taken, and no token is sent to anybody.

    ## Example
    ```python
    async def resolve_lora(self, base_model_name, lora_name):
        reply = requests.get(f"{self.url}/{lora_name}")
    ```
    Use instead:
    ```python
    async def resolve_lora(self, base_model_name, lora_name):
        reply = await asyncio.to_thread(requests.get, f"{self.url}/{lora_name}")
    ```
    """
    found = [h for h in evidence.handlers if isinstance(h.node, ast.AsyncFunctionDef)]
    if not found:
        raise Skip("it has no async function that serves requests")
    seen: set[int] = set()
    for handler in found:
        for module, functions, call, path in _calls(evidence, handler):
            if id(call) in seen:
                continue
            what = _blocking(evidence, module, functions, call)
            if what is None:
                continue
            seen.add(id(call))
            name, severity = what
            through = f", called by {path[-1]}," if path else ""
            yield Fault(
                f"{name}{through} blocks the event loop in {handler.name}",
                module.at(call),
                "await asyncio.to_thread(…), or use an async library",
                severity,
            )


def _blocking(
    evidence: Evidence, module: Module, functions: tuple[FunctionNode, ...], call: ast.Call
) -> tuple[str, Severity | None] | None:
    full = evidence.names.full(module, functions, call.func)
    if full is None:
        if isinstance(call.func, ast.Attribute) and call.func.attr in _FILE_METHODS:
            return f".{call.func.attr}()", Severity.INFO
        return None
    made = full.rpartition(".")[2][:1].isupper()
    if full.startswith(_WAITING) and not made and full not in _NOT_WAITING:
        return f"{full}()", None
    if full in _FILES or (full.startswith("pathlib.Path") and full.endswith(tuple(_FILE_METHODS))):
        return f"{full.removeprefix('builtins.')}()", Severity.INFO
    return None


def _calls(
    evidence: Evidence, handler: Handler
) -> Iterator[tuple[Module, tuple[FunctionNode, ...], ast.Call, tuple[str, ...]]]:
    """The calls that running a handler makes, own functions followed; with the names on the way."""
    done: set[int] = set()
    queue: list[tuple[Module, tuple[FunctionNode, ...], ast.ClassDef | None, tuple[str, ...]]]
    queue = [(handler.module, handler.functions, handler.owner, ())]
    while queue:
        module, functions, owner, path = queue.pop()
        node = functions[-1]
        if id(node) in done or isinstance(node, ast.Lambda):
            continue
        done.add(id(node))
        for child in walk_body(node.body):
            if not isinstance(child, ast.Call):
                continue
            yield module, functions, child, path
            if len(path) >= _DEPTH:
                continue
            callee = _followed(evidence, module, functions, owner, child)
            if callee is not None:
                where, inner, inner_owner = callee
                name = inner[-1].name if isinstance(inner[-1], _FUNCTIONS) else "a lambda"
                queue.append((where, inner, inner_owner, (*path, name)))


def _followed(
    evidence: Evidence,
    module: Module,
    functions: tuple[FunctionNode, ...],
    owner: ast.ClassDef | None,
    call: ast.Call,
) -> tuple[Module, tuple[FunctionNode, ...], ast.ClassDef | None] | None:
    """The own function that a call runs: `helper()`, `self.helper()`; ``None`` for others."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if owner is not None:
            method = ancestry(evidence.resolver, module, owner).method(name)
            if method is None or not method[0].own:
                return None
            return method[0], (method[1],), owner if method[0] is module else None
        case ast.Name() | ast.Attribute():
            found = evidence.names.callee(module, functions, call.func)
            if found is None or found.module is None or not isinstance(found.node, _FUNCTIONS):
                return None
            nested = found.module is module and any(
                statement is found.node
                for function in functions
                if not isinstance(function, ast.Lambda)
                for statement in function.body
            )
            chain = (*functions, found.node) if nested else (found.node,)
            return found.module, chain, found.owner
        case _:
            return None


#: Calls that run or build what their argument says, by full name.
_UNSAFE = {
    "builtins.eval": "runs it as code",
    "builtins.exec": "runs it as code",
    "pickle.loads": "runs what it names",
    "pickle.load": "runs what it names",
    "pickle.Unpickler": "runs what it names",
    "_pickle.loads": "runs what it names",
    "cloudpickle.loads": "runs what it names",
    "cloudpickle.load": "runs what it names",
    "dill.loads": "runs what it names",
    "dill.load": "runs what it names",
    "joblib.load": "runs what it names",
    "marshal.loads": "may crash the process",
    "marshal.load": "may crash the process",
    "shelve.open": "runs what it names",
    "pandas.read_pickle": "runs what it names",
    "yaml.unsafe_load": "builds any object",
    "yaml.full_load": "builds objects",
    "os.system": "runs it as a command",
    "os.popen": "runs it as a command",
    "subprocess.getoutput": "runs it as a command",
}
_YAML = frozenset({"yaml.load", "yaml.load_all"})
_SAFE_LOADERS = frozenset({"BaseLoader", "CBaseLoader", "CSafeLoader", "SafeLoader"})
_SHELLS = frozenset(
    {"subprocess.Popen", "subprocess.call", "subprocess.check_call", "subprocess.check_output"}
    | {"subprocess.run"}
)


@dataclass(frozen=True, slots=True)
class _Danger:
    text: str
    severity: Severity | None = None


def unsafe_request_data(evidence: Evidence) -> Iterator[Fault]:
    """What a request holds is given to a call that may run it.

    ## What it does
    Follows the parameters of an IO processor's `parse_data`, `parse_request` and `pre_process`, of
    `resolve_lora`, and of endpoint handlers through assignments and into the package's own functions,
    to `eval`, `exec`, `pickle`, `marshal`, `joblib`, `torch.load(…, weights_only=False)`, `yaml.load`
    with an unsafe loader, `numpy.load(…, allow_pickle=True)` and shells. `torch.load` without
    `weights_only` is `info`: torch loads weights alone since 2.6.

    ## Why is this bad?
    Whoever may send a request may run code in the server.

    ## Example
    ```python
    def parse_data(self, data):
        return pickle.loads(base64.b64decode(data["image"]))
    ```
    Use instead:
    ```python
    def parse_data(self, data):
        return np.frombuffer(base64.b64decode(data["image"]), dtype=np.uint8)
    ```
    """
    found = [handler for handler in evidence.handlers if handler.takes_request]
    if not found:
        raise Skip("it has no function that is given what a request holds")
    seen: set[int] = set()
    for handler in found:
        given = frozenset(parameters(handler.node) - {"self", "cls"})
        yield from _tainted_calls(evidence, handler, given, seen)


def _tainted_calls(
    evidence: Evidence, handler: Handler, given: frozenset[str], seen: set[int]
) -> Iterator[Fault]:
    done: set[tuple[int, frozenset[str]]] = set()
    queue = [(handler.module, handler.functions, handler.owner, given, 0)]
    while queue:
        module, functions, owner, names, depth = queue.pop()
        node = functions[-1]
        if (id(node), names) in done or isinstance(node, ast.Lambda):
            continue
        done.add((id(node), names))
        tainted = _tainted(node, names)
        for child in walk_body(node.body):
            if not isinstance(child, ast.Call) or not _holds(child, tainted):
                continue
            danger = _danger(evidence, module, functions, child)
            if danger is not None and id(child) not in seen:
                seen.add(id(child))
                yield Fault(
                    f"{handler.name} gives what the request holds to {danger.text}",
                    module.at(child),
                    "read it with json, numpy.frombuffer or safetensors",
                    danger.severity,
                )
            callee = _followed(evidence, module, functions, owner, child)
            if callee is not None and depth < _DEPTH:
                where, inner, inner_owner = callee
                passed = _passed(child, inner[-1], tainted)
                if passed:
                    queue.append((where, inner, inner_owner, passed, depth + 1))


def _danger(
    evidence: Evidence, module: Module, functions: tuple[FunctionNode, ...], call: ast.Call
) -> _Danger | None:
    full = evidence.names.full(module, functions, call.func)
    if full is None:
        return None
    options = {keyword.arg: keyword.value for keyword in call.keywords}
    shown = full.removeprefix("builtins.")
    if full in _UNSAFE:
        return _Danger(f"{shown}(), which {_UNSAFE[full]}")
    if full in _YAML:
        loader = options.get("Loader", call.args[1] if len(call.args) > 1 else None)
        name = getattr(loader, "attr", getattr(loader, "id", ""))
        return None if name in _SAFE_LOADERS else _Danger(f"{shown}(), which builds any object")
    if full in _SHELLS and _is_true(options.get("shell")):
        return _Danger(f"{shown}(shell=True), which runs it as a command")
    if full == "numpy.load" and _is_true(options.get("allow_pickle")):
        return _Danger(f"{shown}(allow_pickle=True), which runs what it names")
    if full == "torch.load":
        if "weights_only" not in options:
            return _Danger("torch.load() without weights_only=True", Severity.INFO)
        chosen = options["weights_only"]
        if isinstance(chosen, ast.Constant) and not chosen.value:
            return _Danger("torch.load(weights_only=False), which runs what it names")
    return None


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and bool(node.value)


def _tainted(node: ast.FunctionDef | ast.AsyncFunctionDef, given: frozenset[str]) -> frozenset[str]:
    """The names that hold something of ``given``: assigned from it, looped over, opened from it."""
    names = set(given)
    nodes = list(walk_body(node.body))
    for _ in range(2):  # a name may be used above where it is bound, in a loop
        before = len(names)
        for child in nodes:
            match child:
                case ast.Assign(targets=targets, value=value):
                    bound = targets
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    bound = [target]
                case (
                    ast.AugAssign(target=target, value=value)
                    | ast.NamedExpr(target=target, value=value)
                ):
                    bound = [target]
                case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
                    bound = [target]
                case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                    bound = [target]
                case ast.comprehension(target=target, iter=value):
                    bound = [target]
                case _:
                    continue
            if _holds(value, frozenset(names)):
                names |= {
                    leaf.id
                    for target in bound
                    for leaf in walk(target)
                    if isinstance(leaf, ast.Name) and isinstance(leaf.ctx, ast.Store)
                }
        if len(names) == before:
            break
    return frozenset(names)


def _holds(node: ast.AST, names: frozenset[str]) -> bool:
    return any(isinstance(leaf, ast.Name) and leaf.id in names for leaf in walk(node))


def _passed(call: ast.Call, function: FunctionNode, tainted: frozenset[str]) -> frozenset[str]:
    """The parameters of ``function`` that a call gives something tainted."""
    places = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
    if places and places[0] in {"self", "cls"}:
        places = places[1:]
    found = {
        name for name, argument in zip(places, call.args, strict=False) if _holds(argument, tainted)
    }
    found |= {
        keyword.arg
        for keyword in call.keywords
        if keyword.arg is not None and _holds(keyword.value, tainted)
    }
    return frozenset(found)
