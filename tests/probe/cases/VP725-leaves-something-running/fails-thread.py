# group: vllm.general_plugins
# says: the thread 'poll' running (not a daemon)

import threading


def register():
    threading.Thread(target=threading.Event().wait, args=(1000,), name='poll').start()
