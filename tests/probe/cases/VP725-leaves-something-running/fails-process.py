# group: vllm.general_plugins
# says: leaves a process behind: sleep 1000

import subprocess


def register():
    subprocess.Popen(['sleep', '1000'])
