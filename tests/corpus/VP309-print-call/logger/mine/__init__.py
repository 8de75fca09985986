import logging

logger = logging.getLogger(__name__)


def register():
    logger.info("mine loaded")
