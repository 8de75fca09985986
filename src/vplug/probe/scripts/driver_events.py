"""Asks the machine's drivers for their devices, without torch and without vLLM.

Runs in vplug's own interpreter as a child, since a driver call may hang or crash. Sources: NVML
through nvidia-ml-py (``pynvml``), AMD's ``amdsmi``, Intel's ``xpu-smi`` on the path.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import _vplug_channel as channel


def text(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def nvml() -> Any:
    """What NVML says; ``None`` where its Python library is not installed."""
    try:
        import pynvml
    except ImportError:
        return None
    found: dict[str, Any] = {"source": "nvml", "devices": []}
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        found["error"] = str(error)
        return found
    try:
        found["version"] = text(pynvml.nvmlSystemGetDriverVersion())
        runtime = pynvml.nvmlSystemGetCudaDriverVersion()
        found["runtime"] = "{}.{}".format(runtime // 1000, runtime % 1000 // 10)
        for index in range(pynvml.nvmlDeviceGetCount()):
            found["devices"].append(nvml_device(pynvml, index))
    except pynvml.NVMLError as error:
        found["error"] = str(error)
    finally:
        pynvml.nvmlShutdown()
    return found


def nvml_device(pynvml: Any, index: int) -> dict[str, Any]:
    device: dict[str, Any] = {"index": index}
    try:
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    except pynvml.NVMLError as error:
        device["error"] = str(error)
        return device
    asked = {
        "name": lambda: text(pynvml.nvmlDeviceGetName(handle)),
        "uuid": lambda: text(pynvml.nvmlDeviceGetUUID(handle)),
        "capability": lambda: "{}.{}".format(*pynvml.nvmlDeviceGetCudaComputeCapability(handle)),
        "pci": lambda: text(pynvml.nvmlDeviceGetPciInfo(handle).busId),
    }
    for name, ask in asked.items():
        try:
            device[name] = ask()
        except pynvml.NVMLError:
            device[name] = None
    try:
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
        device["total_memory"], device["used_memory"] = memory.total, memory.used
    except pynvml.NVMLError:
        pass  # devices that share the machine's memory have none of their own to tell
    return device


def amd() -> Any:
    """What amdsmi says; ``None`` where it is not installed."""
    try:
        import amdsmi
    except Exception:  # it raises KeyError and OSError where there is no ROCm
        return None
    found: dict[str, Any] = {"source": "amdsmi", "devices": []}
    try:
        amdsmi.amdsmi_init()
    except Exception as error:  # its own classes differ by release
        found["error"] = str(error)
        return found
    try:
        for index, handle in enumerate(amdsmi.amdsmi_get_processor_handles()):
            asic = amdsmi.amdsmi_get_gpu_asic_info(handle)
            memory = amdsmi.amdsmi_get_gpu_vram_usage(handle)
            found["devices"].append(
                {
                    "index": index,
                    "name": asic.get("market_name"),
                    "uuid": amdsmi.amdsmi_get_gpu_device_uuid(handle),
                    # It tells megabytes (amdsmi_get_gpu_vram_usage).
                    "total_memory": memory["vram_total"] * 1024 * 1024,
                    "used_memory": memory["vram_used"] * 1024 * 1024,
                }
            )
    except Exception as error:  # as above
        found["error"] = str(error)
    finally:
        amdsmi.amdsmi_shut_down()
    return found


def xpu() -> Any:
    """What xpu-smi says; ``None`` where it is not on the path."""
    tool = shutil.which("xpu-smi")
    if tool is None:
        return None
    found: dict[str, Any] = {"source": "xpu", "devices": []}
    try:
        done = subprocess.run(
            [tool, "discovery", "-j"], capture_output=True, text=True, timeout=10, check=True
        )
        listed: list[dict[str, Any]] = json.loads(done.stdout).get("device_list", [])
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        found["error"] = str(error)
        return found
    for item in listed:
        found["devices"].append(
            {
                "index": item.get("device_id"),
                "name": item.get("device_name"),
                "uuid": item.get("uuid"),
                "pci": item.get("pci_bdf_address"),
            }
        )
    return found


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Ask the drivers of ``sources``; each is noted as soon as it has answered, or hangs."""
    sys.path[:0] = request["libraries"]
    told: list[dict[str, Any]] = []
    for name in request["sources"]:
        channel.note({"drivers": told, "asking": name})
        found = within(request["seconds"], SOURCES[name], name)
        if found is not None:
            told.append(found)
    return {"drivers": told}


#: Each driver, by the name under which it is told.
SOURCES: dict[str, Callable[[], Any]] = {"nvml": nvml, "amdsmi": amd, "xpu": xpu}


def within(seconds: float, ask: Callable[[], Any], name: str) -> Any:
    """What a driver says, or that it says nothing; a call that hangs is left behind in its thread."""
    box: list[Any] = []

    def run() -> None:
        try:
            box.append(ask())
        except BaseException as error:  # a library that is broken raises anything
            text = "{}: {}".format(type(error).__name__, error)
            box.append({"source": name, "devices": [], "error": text})

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if box:
        return box[0]
    return {"source": name, "devices": [], "error": "no answer in {:g} s".format(seconds)}


channel.finish(main(channel.open_request()))
