"""What the modules of random plugins hold: functions that answer, raise, end the process, nonsense."""

from __future__ import annotations

#: Bodies of a module; ``{module}`` is its own name. The entry point is ``{module}:target`` unless told.
BODIES = {
    "class": 'def target():\n    return "{module}.Thing"\n',
    "class-by-variable": 'NAME = __name__ + ".Thing"\ndef target():\n    name = NAME\n    return name\n',
    "class-with-import": 'def target():\n    import json\n    json.dumps(1)\n    return "{module}.Thing"\n',
    "lambda": 'target = lambda: "{module}.Thing"\n',
    "no-such-class": 'def target():\n    return "{module}.Nothing"\n',
    "no-such-module": 'def target():\n    return "no_such_module_{module}.Thing"\n',
    "colon": 'def target():\n    return "{module}:Thing"\n',
    "no-dot": 'def target():\n    return "Thing"\n',
    "empty": 'def target():\n    return ""\n',
    "none": "def target():\n    return None\n",
    "nothing": "def target():\n    pass\n",
    "number": "def target():\n    return 42\n",
    "list": 'def target():\n    return ["{module}.Thing"]\n',
    "raises": 'def target():\n    raise RuntimeError("no device")\n',
    "raises-inside": 'def target():\n    import no_such_library\n    return "{module}.Thing"\n',
    "guarded": "def target():\n    try:\n        import no_such_library\n    except ImportError:\n"
    '        return None\n    return "{module}.Thing"\n',
    "by-variable": 'import os\ndef target():\n    if os.environ.get("FIDELITY_DEVICE"):\n'
    '        return "{module}.Thing"\n    return None\n',
    "second-time": "COUNT = []\ndef target():\n    COUNT.append(1)\n"
    '    if len(COUNT) > 1:\n        raise RuntimeError("again")\n    return "{module}.Thing"\n',
    "needs-argument": 'def target(config):\n    return "{module}.Thing"\n',
    "async": 'async def target():\n    return "{module}.Thing"\n',
    "helper": 'def name():\n    return "{module}.Thing"\ndef target():\n    return name()\n',
    "is-class": "class target:\n    pass\n",
    "value": 'target = "{module}.Thing"\n',
    "import-raises": 'raise ImportError("broken at import")\ndef target():\n    return "{module}.Thing"\n',
    "import-missing": 'import no_such_library\ndef target():\n    return "{module}.Thing"\n',
    "import-guarded": "try:\n    import no_such_library\nexcept ImportError:\n    no_such_library = None\n"
    'def target():\n    return "{module}.Thing"\n',
    "imports-own": 'from {module}_part import HELPER\ndef target():\n    return "{module}.Thing"\n',
    "no-attribute": "other = 1\n",
    "raises-on-a-path": "import os\ndef target():\n    if not os.environ.get('FIDELITY_DEVICE'):\n"
    '        raise RuntimeError("no device")\n    return "{module}.Thing"\n',
    "helper-raises": 'def check():\n    raise OSError("no driver")\n'
    'def target():\n    check()\n    return "{module}.Thing"\n',
    "raises-and-catches": 'def target():\n    try:\n        raise RuntimeError("no device")\n'
    '    except RuntimeError:\n        return None\n    return "{module}.Thing"\n',
    "raises-another": "def target():\n    try:\n        import no_such_library\n"
    '    except ImportError as error:\n        raise RuntimeError("install it") from error\n'
    '    return "{module}.Thing"\n',
    "suppresses": "import contextlib\ndef target():\n    with contextlib.suppress(ImportError):\n"
    '        import no_such_library\n        return None\n    return "{module}.Thing"\n',
    "asserts": 'def target():\n    assert False, "never"\n    return "{module}.Thing"\n',
    "unset-variable": 'import os\ndef target():\n    return os.environ["FIDELITY_DEVICE"]\n',
    "exits": 'import sys\ndef target():\n    sys.exit(3)\n    return "{module}.Thing"\n',
    "interrupts": "def target():\n    raise KeyboardInterrupt\n",
    "leaves-at-once": 'import os\ndef target():\n    os._exit(0)\n    return "{module}.Thing"\n',
    "import-exits": 'import sys\nsys.exit("no")\ndef target():\n    return "{module}.Thing"\n',
    "import-calls-raising": 'def check():\n    raise OSError("no driver")\ncheck()\n'
    'def target():\n    return "{module}.Thing"\n',
    "import-raises-another": "try:\n    import no_such_library\nexcept ImportError as error:\n"
    '    raise RuntimeError("install it") from error\ndef target():\n    return "{module}.Thing"\n',
    "import-unset-variable": 'import os\nDEVICE = os.environ["FIDELITY_DEVICE"]\n'
    'def target():\n    return "{module}.Thing"\n',
    "syntax-error": "def target(:\n    pass\n",
    "second-time-none": "SEEN = set()\ndef target():\n    if SEEN:\n        return None\n    SEEN.add(1)\n"
    '    return "{module}.Thing"\n',
    "false": "def target():\n    return False\n",
    "bytes": 'def target():\n    return b"{module}.Thing"\n',
    "yields": 'def target():\n    yield "{module}.Thing"\n',
    "class-object": "class Thing:\n    pass\ndef target():\n    return Thing\n",
    "partial": "import functools\ndef make(name):\n    return name\n"
    'target = functools.partial(make, "{module}.Thing")\n',
    "decorated": 'import functools\n@functools.cache\ndef target():\n    return "{module}.Thing"\n',
    "static-method": 'class Box:\n    @staticmethod\n    def target():\n        return "{module}.Thing"\n'
    "target = Box.target\n",
    "defined-twice": 'def target():\n    return None\ndef target():\n    return "{module}.Thing"\n',
    "defined-by-condition": "import sys\nif sys.version_info >= (3, 8):\n    def target():\n"
    '        return "{module}.Thing"\nelse:\n    def target():\n        return None\n',
    "format": 'def target():\n    part = "Thing"\n    return f"{module}.{part}"\n',
    "class-raises": 'class Other:\n    def __init__(self):\n        raise RuntimeError("no")\n'
    'def target():\n    return "{module}.Other"\n',
    "class-is-value": 'Other = 3\ndef target():\n    return "{module}.Other"\n',
    "class-elsewhere": 'def target():\n    return "{module}_part.Thing"\n',
    "class-in-broken-module": 'def target():\n    return "{module}_part.Broken"\n',
    "getattr": 'def __getattr__(name):\n    if name == "target":\n        return _target\n'
    '    raise AttributeError(name)\ndef _target():\n    return "{module}.Thing"\n',
    "raise-system-exit": "def target():\n    raise SystemExit\n",
    "exit-builtin": 'def target():\n    exit(1)\n    return "{module}.Thing"\n',
    "exit-caught": "import sys\ndef target():\n    try:\n        sys.exit(1)\n"
    '    except SystemExit:\n        pass\n    return "{module}.Thing"\n',
    "exit-not-caught": "import sys\ndef target():\n    try:\n        sys.exit(1)\n"
    '    except Exception:\n        pass\n    return "{module}.Thing"\n',
    "finally-returns": "import sys\ndef target():\n    try:\n        sys.exit(1)\n    finally:\n"
    '        return "{module}.Thing"\n',
    "finally-raises": 'def target():\n    try:\n        return "{module}.Thing"\n    finally:\n'
    '        raise RuntimeError("late")\n',
    "own-base-exception": 'class Stop(BaseException):\n    pass\ndef target():\n    raise Stop("now")\n',
    "own-exception": 'class Broken(Exception):\n    pass\ndef target():\n    raise Broken("now")\n',
    "own-exit": "class Leave(SystemExit):\n    pass\ndef target():\n    raise Leave(2)\n",
    "own-exit-at-import": "class Leave(KeyboardInterrupt):\n    pass\nraise Leave(2)\ndef target():\n"
    '    return "{module}.Thing"\n',
    "generator-exit": "def target():\n    raise GeneratorExit\n",
    "group": 'def target():\n    raise ExceptionGroup("two", [ValueError(1), OSError(2)])\n',
    "base-group": "def target():\n"
    '    raise BaseExceptionGroup("two", [KeyboardInterrupt(), OSError(2)])\n',
    "memory": "def target():\n    raise MemoryError\n",
    "raises-text": 'def target():\n    raise "no device"\n',
    "reraises-nothing": "def target():\n    raise\n",
    "not-implemented": "def target():\n    raise NotImplemented\n",
    "undefined-name": "def target():\n    return undefined_name\n",
    "undefined-call": 'def target():\n    find_device()\n    return "{module}.Thing"\n',
    "missing-key": 'NAMES = {}\ndef target():\n    return NAMES["x"]\n',
    "warns": 'import warnings\nwarnings.warn("old")\ndef target():\n'
    '    warnings.warn("old")\n    return "{module}.Thing"\n',
    "catches-base": "def target():\n    try:\n        raise KeyboardInterrupt\n"
    "    except BaseException:\n        return None\n",
    "catches-bare": "def target():\n    try:\n        import no_such_library\n    except:\n"
    '        return "{module}.Thing"\n',
    "catches-wrong": 'def target():\n    try:\n        raise OSError("x")\n'
    "    except (ValueError, KeyError):\n        return None\n"
    '    return "{module}.Thing"\n',
    "catches-parent": 'def target():\n    try:\n        raise FileNotFoundError("x")\n'
    '    except OSError:\n        return None\n    return "{module}.Thing"\n',
    "catches-by-name": "ERRORS = (ImportError, OSError)\ndef target():\n    try:\n"
    "        import no_such_library\n    except ERRORS:\n        return None\n"
    '    return "{module}.Thing"\n',
    "else-arm": "def target():\n    try:\n        import json\n    except ImportError:\n"
    '        return None\n    else:\n        return "{module}.Thing"\n',
    "suppress-many": "import contextlib\ndef target():\n"
    "    with contextlib.suppress(ImportError, OSError):\n"
    '        import no_such_library\n    return "{module}.Thing"\n',
    "suppress-all": "from contextlib import suppress\ndef target():\n"
    '    with suppress(Exception):\n        raise RuntimeError("x")\n'
    '    return "{module}.Thing"\n',
    "except-star": 'def target():\n    try:\n        raise ValueError("x")\n'
    '    except* ValueError:\n        pass\n    return "{module}.Thing"\n',
    "leading-dot": 'def target():\n    return ".Thing"\n',
    "trailing-dot": 'def target():\n    return "{module}."\n',
    "two-dots": 'def target():\n    return "{module}..Thing"\n',
    "blank-in-name": 'def target():\n    return " {module}.Thing"\n',
    "blank-behind": 'def target():\n    return "{module}.Thing "\n',
    "newline": 'def target():\n    return "{module}.Thing\\n"\n',
    "nested-class": "class Outer:\n    class Inner:\n        pass\ndef target():\n"
    '    return "{module}.Outer.Inner"\n',
    "name-of-module": 'def target():\n    return __name__ + ".Thing"\n',
    "name-in-f-string": 'def target():\n    return f"{__name__}.Thing"\n',
    "percent": 'def target():\n    return "%s.Thing" % __name__\n',
    "str-format": 'def target():\n    return "{}.Thing".format(__name__)\n',
    "join": 'def target():\n    return ".".join([__name__, "Thing"])\n',
    "from-class": "class Device:\n    pass\ndef target():\n"
    '    return Device.__module__ + "." + Device.__qualname__\n',
    "from-class-f": "class Device:\n    pass\ndef target():\n"
    '    return f"{Device.__module__}.{Device.__name__}"\n',
    "conditional": 'OK = True\ndef target():\n    return "{module}.Thing" if OK else None\n',
    "or": 'def target():\n    return None or "{module}.Thing"\n',
    "and": 'def target():\n    return 1 and "{module}.Thing"\n',
    "walrus": 'def target():\n    if (name := "{module}.Thing"):\n        return name\n',
    "match": 'import sys\ndef target():\n    match sys.platform:\n        case "linux":\n'
    '            return "{module}.Thing"\n        case _:\n'
    "            return None\n",
    "platform-test": 'import sys\ndef target():\n    if sys.platform.startswith("win"):\n'
    '        return None\n    return "{module}.Thing"\n',
    "platform-module": 'import platform\ndef target():\n    if platform.system() != "Linux":\n'
    '        return None\n    return "{module}.Thing"\n',
    "find-spec": "import importlib.util\ndef target():\n"
    '    if importlib.util.find_spec("no_such_library") is None:\n'
    '        return None\n    return "{module}.Thing"\n',
    "find-spec-there": "import importlib.util\ndef target():\n"
    '    return "{module}.Thing" if importlib.util.find_spec("json") else None\n',
    "default-argument": 'def target(name="{module}.Thing"):\n    return name\n',
    "star-arguments": 'def target(*args, **kwargs):\n    return "{module}.Thing"\n',
    "keyword-only": 'def target(*, name="{module}.Thing"):\n    return name\n',
    "keyword-needed": "def target(*, name):\n    return name\n",
    "changing-global": 'NAME = None\ndef set_name():\n    global NAME\n    NAME = "{module}.Thing"\n'
    "set_name()\ndef target():\n    return NAME\n",
    "global-late": 'NAME = "nowhere.Thing"\ndef target():\n    return NAME\n'
    'NAME = "{module}.Thing"\n',
    "variable": "import os\ndef target():\n"
    '    return os.environ.get("FIDELITY_CLASS", "{module}.Thing")\n',
    "getenv": 'import os\ndef target():\n    if os.getenv("FIDELITY_OFF", "0") == "1":\n'
    '        return None\n    return "{module}.Thing"\n',
    "getenv-off": 'import os\nENABLED = os.getenv("FIDELITY_ON", "0") == "1"\ndef target():\n'
    '    if not ENABLED:\n        return None\n    return "{module}.Thing"\n',
    "str-subclass": "class Name(str):\n    pass\ndef target():\n"
    '    return Name("{module}.Thing")\n',
    "path": 'import pathlib\ndef target():\n    return pathlib.PurePath("{module}.Thing")\n',
    "tuple": 'def target():\n    return "{module}", "Thing"\n',
    "zero": "def target():\n    return 0\n",
    "true": "def target():\n    return True\n",
    "ellipsis": "def target(): ...\n",
    "docstring-only": 'def target():\n    """Nothing."""\n',
    "not-implemented-value": "def target():\n    return NotImplemented\n",
    "returns-lambda": 'def target():\n    return lambda: "{module}.Thing"\n',
    "returns-module": "import sys\ndef target():\n    return sys\n",
    "async-generator": 'async def target():\n    yield "{module}.Thing"\n',
    "class-new": 'class target:\n    def __new__(cls):\n        return "{module}.Thing"\n',
    "metaclass": "class Meta(type):\n    def __call__(cls):\n"
    '        return "{module}.Thing"\nclass target(metaclass=Meta):\n    pass\n',
    "class-init-raises": 'class target:\n    def __init__(self):\n        raise RuntimeError("no")\n',
    "class-needs-argument": "class target:\n    def __init__(self, config):\n        pass\n",
    "str-class": "class target(str):\n    def __new__(cls):\n"
    '        return str.__new__(cls, "{module}.Thing")\n',
    "abstract": "import abc\nclass target(abc.ABC):\n    @abc.abstractmethod\n"
    "    def run(self): ...\n",
    "enum": "import enum\nclass target(enum.Enum):\n    A = 1\n",
    "callable-instance": 'class Answer:\n    def __call__(self):\n        return "{module}.Thing"\n'
    "target = Answer()\n",
    "bound-method": 'class Answer:\n    def ask(self):\n        return "{module}.Thing"\n'
    "target = Answer().ask\n",
    "class-method": "class Answer:\n    @classmethod\n    def ask(cls):\n"
    '        return f"{cls.__module__}.Thing"\ntarget = Answer.ask\n',
    "alias": 'def ask():\n    return "{module}.Thing"\ntarget = ask\n',
    "unbound-method": 'class Answer:\n    def ask(self):\n        return "{module}.Thing"\n'
    "target = Answer.ask\n",
    "replacing-decorator": "def other(function):\n    return lambda: None\n@other\ndef target():\n"
    '    return "{module}.Thing"\n',
    "calling-decorator": "def call(function):\n    return function()\n@call\ndef target():\n"
    '    return "{module}.Thing"\n',
    "wrapping-decorator": "import functools\ndef safe(function):\n    @functools.wraps(function)\n"
    "    def wrapper():\n        try:\n            return function()\n"
    "        except Exception:\n            return None\n    return wrapper\n"
    '@safe\ndef target():\n    raise RuntimeError("no device")\n',
    "context-manager": "import contextlib\n@contextlib.contextmanager\ndef target():\n"
    '    yield "{module}.Thing"\n',
    "property": "class Box:\n    @property\n    def target(self):\n"
    '        return "{module}.Thing"\ntarget = Box.target\n',
    "builtin": "target = dict\n",
    "print": "target = print\n",
    "module": "import json as target\n",
    "none-value": "target = None\n",
    "deleted": 'def target():\n    return "{module}.Thing"\ndel target\n',
    "overwritten": 'def target():\n    return "{module}.Thing"\ntarget = None\n',
    "overwritten-call": 'def target():\n    return "{module}.Thing"\n'
    "target = (lambda f: f)(target)\n",
    "under-type-checking": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    def target():\n"
    '        return "{module}.Thing"\n',
    "in-main": 'if __name__ == "__main__":\n    def target():\n        return "{module}.Thing"\n',
    "by-globals": 'globals()["target"] = lambda: "{module}.Thing"\n',
    "by-loop": 'for target in [lambda: None, lambda: "{module}.Thing"]:\n    pass\n',
    "star-import": "from {module}_part import *\n",
    "star-import-all": "from {module}_part import *\n",
    "getattr-raises": 'def __getattr__(name):\n    raise ImportError("install it")\n',
    "getattr-missing": "def __getattr__(name):\n    raise AttributeError(name)\n",
    "getattr-import": "def __getattr__(name):\n    import importlib\n"
    '    return getattr(importlib.import_module("{module}_part"), name)\n',
    "getattr-broken": "def __getattr__(name):\n    from {module}_part import target\n"
    "    return target\n",
    "replaced-module": "import sys, types\nmodule = types.ModuleType(__name__)\n"
    'module.target = lambda: "{module}.Thing"\nsys.modules[__name__] = module\n',
    "future-late": "import os\nfrom __future__ import annotations\ndef target():\n"
    '    return "{module}.Thing"\n',
    "relative-outside": 'from . import other\ndef target():\n    return "{module}.Thing"\n',
    "circular": 'from {module}_part import back\ndef target():\n    return "{module}.Thing"\n',
    "import-star-missing": 'from no_such_library import *\ndef target():\n    return "{module}.Thing"\n',
    "import-in-class": "class Holder:\n    import no_such_library\ndef target():\n"
    '    return "{module}.Thing"\n',
    "import-in-with": "import contextlib\nwith contextlib.suppress(ImportError):\n"
    '    import no_such_library\ndef target():\n    return "{module}.Thing"\n',
    "import-in-if": 'import sys\nif sys.platform == "linux":\n    import no_such_library\n'
    'def target():\n    return "{module}.Thing"\n',
    "import-in-else": 'import sys\nif sys.platform == "win32":\n    pass\nelse:\n'
    '    import no_such_library\ndef target():\n    return "{module}.Thing"\n',
    "import-vllm-missing": "from vllm.no_such_module import Thing as Other\ndef target():\n"
    '    return "{module}.Thing"\n',
    "import-vllm-name": "from vllm.platforms.interface import NoSuchName\ndef target():\n"
    '    return "{module}.Thing"\n',
    "import-vllm": "from vllm.platforms.interface import Platform\nclass Mine(Platform):\n"
    '    pass\ndef target():\n    return "{module}.Mine"\n',
    "import-finally": "try:\n    import no_such_library\nfinally:\n    pass\ndef target():\n"
    '    return "{module}.Thing"\n',
    "import-caught-wrongly": "try:\n    import no_such_library\nexcept ValueError:\n    pass\n"
    'def target():\n    return "{module}.Thing"\n',
    "import-caught-not-found": "try:\n    import no_such_library\nexcept ModuleNotFoundError:\n    pass\n"
    'def target():\n    return "{module}.Thing"\n',
    "import-again-in-handler": "try:\n    import no_such_library\nexcept ImportError:\n"
    '    import no_other_library\ndef target():\n    return "{module}.Thing"\n',
    "import-undefined": 'NAME = undefined_name\ndef target():\n    return "{module}.Thing"\n',
    "import-decorator-undefined": '@undefined_name\ndef target():\n    return "{module}.Thing"\n',
    "import-base-undefined": "class Device(UndefinedName):\n    pass\ndef target():\n"
    '    return "{module}.Thing"\n',
    "import-exit-caught": "import sys\ntry:\n    sys.exit(1)\nexcept SystemExit:\n    pass\n"
    'def target():\n    return "{module}.Thing"\n',
    "import-assert": "import sys\nassert sys.version_info >= (3, 99)\ndef target():\n"
    '    return "{module}.Thing"\n',
    "import-leaves-at-once": 'import os\nos._exit(3)\ndef target():\n    return "{module}.Thing"\n',
    "import-interrupts": 'raise KeyboardInterrupt\ndef target():\n    return "{module}.Thing"\n',
    "indentation": 'def target():\nreturn "{module}.Thing"\n',
    "tabs": 'def target():\n\tif True:\n        return "{module}.Thing"\n',
    "null-byte": 'def target():\n    return "{module}.Thing"\n\0\n',
    "other-encoding": '# -*- coding: latin-1 -*-\nNAME = "café"\ndef target():\n'
    '    return "{module}.Thing"\n',
    "return-outside": 'return 1\ndef target():\n    return "{module}.Thing"\n',
    "python2": 'print "loading"\ndef target():\n    return "{module}.Thing"\n',
    "empty-file": "",
    "nonlocal": 'def target():\n    nonlocal name\n    return "{module}.Thing"\n',
    "duplicate-argument": 'def other(a, a):\n    pass\ndef target():\n    return "{module}.Thing"\n',
    "await-outside": 'def target():\n    await other()\n    return "{module}.Thing"\n',
    "walks-back": 'def target():\n    for name in ("a", "b"):\n        if name == "b":\n'
    '            return "{module}.Thing"\n',
    "loop-else": "def target():\n    for name in ():\n        return None\n    else:\n"
    '        return "{module}.Thing"\n',
    "while-true": 'def target():\n    while True:\n        return "{module}.Thing"\n',
    "while-break": 'def target():\n    while True:\n        break\n    return "{module}.Thing"\n',
    "nested-function": 'def target():\n    def inner():\n        return "{module}.Thing"\n'
    "    return inner()\n",
    "nested-raises": 'def target():\n    def inner():\n        raise RuntimeError("x")\n'
    '    return "{module}.Thing"\n',
    "nested-is-called": 'def target():\n    def inner():\n        raise RuntimeError("x")\n'
    '    inner()\n    return "{module}.Thing"\n',
    "logger": "import logging\nlogger = logging.getLogger(__name__)\ndef target():\n"
    '    logger.info("asked")\n    return "{module}.Thing"\n',
    "vllm-logger": "from vllm.logger import init_logger\nlogger = init_logger(__name__)\n"
    'def target():\n    logger.info("asked")\n    return "{module}.Thing"\n',
    "torch": "import torch\ndef target():\n    if not torch.cuda.is_available():\n"
    '        return None\n    return "{module}.Thing"\n',
    "version-test": 'import vllm\ndef target():\n    if vllm.__version__.startswith("0.1."):\n'
    '        return None\n    return "{module}.Thing"\n',
    "metadata-version": "from importlib.metadata import version\ndef target():\n"
    '    version("no-such-distribution")\n    return "{module}.Thing"\n',
    "metadata-version-there": "from importlib.metadata import version\ndef target():\n"
    '    version("vllm")\n    return "{module}.Thing"\n',
    "opens": 'def target():\n    open("/no/such/file")\n    return "{module}.Thing"\n',
    "loads-library": 'import ctypes\ndef target():\n    ctypes.CDLL("libnosuch.so")\n'
    '    return "{module}.Thing"\n',
    "which": "import shutil\ndef target():\n"
    '    return "{module}.Thing" if shutil.which("no-such-tool") else None\n',
    "exists": "import os\ndef target():\n"
    '    return "{module}.Thing" if os.path.exists("/dev/no-such-device") else None\n',
    "is-vllm-class": 'def target():\n    return "vllm.platforms.cpu.CpuPlatform"\n',
    "is-vllm-missing": 'def target():\n    return "vllm.platforms.cpu.NoSuchPlatform"\n',
    "is-vllm-no-module": 'def target():\n    return "vllm.platforms.nowhere.Platform"\n',
    "stdlib-class": 'def target():\n    return "collections.OrderedDict"\n',
    "stdlib-function": 'def target():\n    return "os.getcwd"\n',
    "class-needs-arguments": "class Other:\n    def __init__(self, config):\n        pass\ndef target():\n"
    '    return "{module}.Other"\n',
    "class-exits": "import sys\nclass Other:\n    def __init__(self):\n        sys.exit(1)\n"
    'def target():\n    return "{module}.Other"\n',
    "class-by-getattr": 'def __getattr__(name):\n    if name == "Lazy":\n        return Thing\n'
    '    raise AttributeError(name)\ndef target():\n    return "{module}.Lazy"\n',
    "class-is-function": 'def Other():\n    raise RuntimeError("no")\ndef target():\n'
    '    return "{module}.Other"\n',
}
#: How often each is taken, where not once.
WEIGHTS = {"class": 140, "none": 110, "nothing": 20, "raises": 20, "import-missing": 12}
#: Whose whole text is the body.
WHOLE = (
    "import-raises",
    "syntax-error",
    "class-object",
    "null-byte",
    "empty-file",
    "star-import",
    "star-import-all",
    "getattr-raises",
    "getattr-missing",
    "getattr-import",
    "getattr-broken",
    "by-globals",
)
#: What a second module beside it holds.
PARTS = {
    "imports-own": "HELPER = 1\n",
    "class-elsewhere": "class Thing:\n    pass\n",
    "class-in-broken-module": "import no_such_library\nclass Broken:\n    pass\n",
    "star-import": 'def target():\n    return "{module}.target"\n',
    "star-import-all": '__all__ = ["other"]\nother = 1\ndef target():\n    return None\n',
    "getattr-import": "def target():\n    return None\n",
    "getattr-broken": "import no_such_library\ndef target():\n    return None\n",
    "circular": "import {module}\nback = 1\n",
}
