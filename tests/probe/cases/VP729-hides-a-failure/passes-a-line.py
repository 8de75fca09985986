# group: vllm.general_plugins

import logging


def register():
    try:
        import vllm.gone
    except ImportError as error:
        logging.getLogger('acme').warning('not registered: %s', error)
