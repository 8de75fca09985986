# group: vllm.general_plugins

import sys


def register():
    sys.stderr.write('Traceback (most recent call last):\n')
    sys.stderr.write('  File "/elsewhere/library.py", line 3, in find\n    raise OSError\n')
    sys.stderr.write('OSError: no library\n')
