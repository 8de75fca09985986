# group: vllm.general_plugins

import logging

logger = logging.getLogger(__name__)
logger.addHandler(logging.NullHandler())


def register():
    logger.setLevel(logging.DEBUG)
