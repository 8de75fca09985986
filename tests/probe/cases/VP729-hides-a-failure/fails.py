# group: vllm.general_plugins
# says: it logs a traceback and goes on: ModuleNotFoundError: No module named 'vllm.gone'

import logging

logger = logging.getLogger('vllm.plugins.acme')


def register():
    try:
        import vllm.gone
    except Exception:
        logger.exception('acme: nothing was registered')
