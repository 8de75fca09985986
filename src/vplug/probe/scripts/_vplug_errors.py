"""An exception as JSON: what it says, its traceback, and its place in the plugin's own files."""

from __future__ import annotations

import importlib
import os
import sys
import traceback

import _vplug_state as state

#: The script that runs plugin code: its frames are not the plugin's.
_OURS = os.path.abspath(sys.argv[0])


class Describer:
    """Describes exceptions of one plugin.

    Args:
        is_own: says whether a file is the plugin's.
        vllm: what the paths of vLLM's files begin with.
    """

    def __init__(self, is_own, vllm):
        self.is_own = is_own
        self.vllm = vllm

    def __call__(self, error):
        """Return an exception as JSON, with its place in the plugin's own files."""
        place = None
        try:
            for frame in traceback.extract_tb(error.__traceback__):
                if self.is_own(frame.filename):
                    place = [frame.filename, frame.lineno]
            own = getattr(error, "filename", None)
            if isinstance(error, SyntaxError) and own and self.is_own(own):
                place = [own, error.lineno]
            text = "".join(traceback.format_exception(type(error), error, _below_us(error)))
        except Exception:
            text = ""
        kind = type(error)
        name = kind.__qualname__
        if kind.__module__ not in ("builtins", "__main__"):
            name = kind.__module__ + "." + name
        return {
            "type": name,
            "message": state.short(str(error), 500) if _has_text(error) else "",
            "traceback": _end_of(text, 4000),
            "place": place,
            "caught": isinstance(error, Exception),
            "module": getattr(error, "name", None) if isinstance(error, ImportError) else None,
            "asked_by": self._asker(error) if isinstance(error, ImportError) else None,
        }

    def _asker(self, error):
        """The file whose import failed, as its package has it; ``None`` for the plugin's own."""
        files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
        files = [file for file in files if not file.startswith("<")]
        # By import_module a loader asks for what it was given: vLLM for the module of a model.
        if not files or files[-1] in (_OURS, importlib.__file__) or self.is_own(files[-1]):
            return None
        if files[-1].startswith(self.vllm):
            return "vllm" + os.sep + files[-1][len(self.vllm) :]
        for folder in ("site-packages", "dist-packages"):
            _, there, path = files[-1].rpartition(os.sep + folder + os.sep)
            if there:
                return path
        return None


def _end_of(text, most):
    """The end of a text, in whole lines: half a path is nobody's."""
    if len(text) <= most:
        return text
    end = text[-most:]
    return "...\n" + (end.partition("\n")[2] or end)


def _has_text(error):
    try:
        return bool(str(error))
    except BaseException:
        return False


def _below_us(error):
    """The traceback without our own frames."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == _OURS:
        trace = trace.tb_next
    return trace if trace is not None else error.__traceback__
