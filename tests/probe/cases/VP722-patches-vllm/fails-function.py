# group: vllm.general_plugins
# says: calling it replaces vllm.worker.execute, now probed.execute

import vllm.worker


def execute():
    return 'acme'


def register():
    vllm.worker.execute = execute
