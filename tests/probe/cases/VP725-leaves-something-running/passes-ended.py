# group: vllm.general_plugins

import subprocess
import threading


def register():
    thread = threading.Thread(target=print)
    thread.start()
    thread.join()
    subprocess.run(['true'])
