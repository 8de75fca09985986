# group: vllm.general_plugins

import os
import sys

site = next(path for path in sys.path if path.endswith("site-packages"))
sys.path.append(os.path.join(site, "setuptools", "_vendor"))


def register():
    pass
