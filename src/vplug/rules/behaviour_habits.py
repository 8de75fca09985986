"""VP309, VP310: what a package does besides: printing, and reading variables of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from vplug.analysis.modules import Module, Source
from vplug.analysis.places import Place, places
from vplug.analysis.words import ENVIRONMENT, PRINT, READERS, renamed
from vplug.errors import Unreadable
from vplug.rules.evidence import Evidence
from vplug.rules.verdict import Fault


def print_call(evidence: Evidence, reached: tuple[Module, ...]) -> Iterator[Fault]:
    """A module prints instead of logging.

    ## What it does
    Looks for calls of the builtin `print` in the modules that the plugins reach; one finding a module.
    What is printed into a file, by a console script's function, or under `if __name__ == "__main__"` is
    let pass.

    ## Why is this bad?
    vLLM runs the code in many processes. A logger says which one, at which level, can be turned off,
    and keeps standard output for the program that uses vLLM; a test of what a command prints breaks on
    a plugin's greeting.

    ## Example
    ```python
    print("my_plugin loaded")
    ```
    Use instead:
    ```python
    from vllm.logger import init_logger

    logger = init_logger(__name__)
    logger.info("my_plugin loaded")
    ```
    """
    scripts = {(s.entry_point.module, s.entry_point.attr) for s in evidence.distribution.scripts}
    for module in reached:
        found = [
            (place, call)
            for place in places(module, PRINT, ("print",))
            if not _is_of_script(place, scripts)
            for call in place.calls()
            if _is_print(evidence, place, call)
        ]
        if not found:
            continue
        place, call = found[0]
        count = (
            f"{len(found)} calls of print, the first here" if len(found) > 1 else "print is called"
        )
        yield Fault(
            f"{module.name}: {count}",
            place.at(call),
            "log it: vllm.logger.init_logger(__name__)",
        )


def _is_of_script(place: Place, scripts: set[tuple[str, str | None]]) -> bool:
    outermost = place.functions[0] if place.functions else None
    name = getattr(outermost, "name", None)
    return name is not None and ((place.module.name, name) in scripts or name == "main")


def _is_print(evidence: Evidence, place: Place, call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Name) or call.func.id != "print":
        return False
    target = next((keyword.value for keyword in call.keywords if keyword.arg == "file"), None)
    if target is not None and ast.unparse(target).rpartition(".")[2] not in {"stdout", "stderr"}:
        return False
    names = evidence.names
    return names.full(place.module, place.functions, call.func) in {None, "builtins.print"}


#: Variables that many programs share, by their beginning.
_SHARED = (
    "ACCELERATE_", "AMD_", "ASCEND_", "ATB_", "AWS_", "AZURE_", "CONDA", "CUBLAS_", "CUDA_",
    "CUDNN_", "DATABRICKS_", "DYLD_", "FLASHINFER_", "FLA_", "GCP_", "GITHUB_", "GLOO_",
    "GOOGLE_", "GRPC_", "HABANA_", "HCCL_", "HF_", "HIP_", "HPU_", "HSA_", "HUGGINGFACE_",
    "HUGGING_FACE_", "KUBERNETES_", "LC_", "LD_", "LMCACHE_", "MIOPEN_", "MKL_", "MODELSCOPE_",
    "MPI_", "MUSA_", "NCCL_", "NUMBA_", "NUMEXPR_", "NVIDIA_", "NVSHMEM_", "OMPI_", "OMP_",
    "ONEAPI_", "OPENAI_", "OPENBLAS_", "OTEL_", "PBS_", "PIP_", "PMI_", "POD_", "PYTEST_",
    "PYTHON", "PYTORCH_", "RAY_", "ROCM_", "ROCR_", "SAFETENSORS_", "SENTRY_", "SLURM_",
    "TASK_QUEUE_", "TOKENIZERS_", "TORCHDYNAMO_", "TORCHELASTIC_", "TORCHINDUCTOR_", "TORCH_",
    "TPU_", "TQDM_", "TRANSFORMERS_", "TRITON_", "UCX_", "VIRTUAL_ENV", "VLLM_", "WANDB_", "XDG_",
    "XLA_", "XPU_", "ZE_",
)  # fmt: skip
_SHARED_NAMES = frozenset(
    {
        "ALL_PROXY", "APPDATA", "CC", "CFLAGS", "CI", "CUDACXX", "CXX", "DEBUG", "DISPLAY",
        "EDITOR", "GPU_ID", "HOME", "HOSTNAME", "HTTPS_PROXY", "HTTP_PROXY", "LANG", "LDFLAGS",
        "LOCALAPPDATA", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "LOGNAME", "LOG_LEVEL", "MASTER_ADDR",
        "MASTER_PORT", "MAX_JOBS", "NODE_RANK", "NO_COLOR", "NO_PROXY", "NVCC", "PATH", "PORT",
        "PWD", "RANK", "S3_ENDPOINT_URL", "SHELL", "TEMP", "TERM", "TMP", "TMPDIR", "TZ", "USER",
        "USERNAME", "WORLD_SIZE",
    }
)  # fmt: skip
#: Words of names that say nothing about whose a variable is.
_COMMON = frozenset({"vllm", "plugin", "plugins", "llm", "inference", "the", "models", "model"})


def unnamed_variable(evidence: Evidence, reached: tuple[Module, ...]) -> Iterator[Fault]:
    """An environment variable whose name does not say whose it is, and that no readme explains.

    ## What it does
    Collects the variables that the modules reached read by a literal name, and leaves out those that
    bear a word of the distribution's, package's or entry point's name, those of vLLM and of well-known
    programs (`CUDA_…`, `HF_…`, `RANK`), and those that the readme names or whose beginning it names.
    One finding a variable.

    ## Why is this bad?
    An operator who meets the variable in a deployment cannot tell which of the packages there reads it,
    and two packages may come to read the same one.

    ## Example
    ```python
    if os.environ.get("FAST_MODE"): ...
    ```
    Use instead:
    ```python
    if os.environ.get("MY_PLUGIN_FAST_MODE"):  # and name it in the readme
        ...
    ```
    """
    words = _words(evidence)
    known: dict[str, bool] = {}
    readme: str | None = None
    for module in reached:
        source = module.source
        if not isinstance(source, Source) or not any(word in source.text for word in READERS):
            continue
        for place in places(module, renamed(ENVIRONMENT, module, READERS)):
            for node, table, name in _read(place):
                if name not in known:
                    known[name] = _says_whose(name, words)
                if known[name] or not _is_environment(evidence, place, table):
                    continue
                known[name] = True  # the first place is enough
                readme = _readme(evidence) if readme is None else readme
                prefix = re.escape(name.partition("_")[0])
                if re.search(rf"\b(?:{re.escape(name)}\b|{prefix}_[A-Z*])", readme):
                    continue
                yield Fault(
                    f"it reads {name}, which does not say whose it is, and no readme names it",
                    place.at(node),
                    "begin it with the package's name, and name it in the readme",
                )


def _says_whose(name: str, words: set[str]) -> bool:
    if name in _SHARED_NAMES or name.startswith(_SHARED) or not name.isupper():
        return True
    lower = name.lower()
    if set(lower.split("_")) & words:
        return True
    return any(lower.replace("_", "").startswith(word) for word in words)


def _is_environment(evidence: Evidence, place: Place, node: ast.expr) -> bool:
    full = evidence.names.full(place.module, place.functions, node)
    return full in {"os.environ", "os.environ.get", "os.getenv"}


def _read(place: Place) -> Iterator[tuple[ast.AST, ast.expr, str]]:
    """What may be readings of variables: the node, what is asked, and the variable."""
    for node in place.walk():
        match node:
            case ast.Call(
                func=ast.Attribute(attr="get" | "getenv") | ast.Name() as function,
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node, function, name
            case ast.Subscript(value=table, slice=ast.Constant(value=str(name)), ctx=ast.Load()):
                yield node, table, name
            case ast.Compare(
                left=ast.Constant(value=str(name)),
                ops=[ast.In() | ast.NotIn()],
                comparators=[table],
            ):
                yield node, table, name
            case _:
                continue


def _words(evidence: Evidence) -> set[str]:
    """The words of the names that the package goes by, common ones left out."""
    texts = [evidence.distribution.name or ""]
    for entry_point in evidence.distribution.entry_points:
        texts += [entry_point.name, entry_point.module.partition(".")[0]]
    words = {word for text in texts for word in re.split(r"[^a-z0-9]+", text.lower())}
    words |= {word.rstrip("0123456789") for word in words}  # `meralion2` names MERALION_…
    squeezed = {re.sub(r"[^a-z0-9]", "", text.lower()) for text in texts}
    return {word for word in words | squeezed if len(word) > 1} - _COMMON


def _readme(evidence: Evidence) -> str:
    """The text of the metadata's description and of the readme files at the project's top."""
    texts = []
    tree = evidence.target.tree
    folders = [
        "",
        *(name for name in tree.listdir("") if name.endswith((".dist-info", ".egg-info"))),
    ]
    for folder in folders:
        for name in tree.listdir(folder):
            if name.lower().startswith("readme") or (folder and name in {"METADATA", "PKG-INFO"}):
                try:
                    data = tree.read(f"{folder}/{name}" if folder else name)
                except Unreadable:
                    continue
                texts.append(data.decode("utf-8", errors="replace"))
    return "\n".join(texts)
