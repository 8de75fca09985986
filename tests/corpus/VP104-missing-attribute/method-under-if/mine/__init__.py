import sys


class Plugin:
    if sys.version_info >= (3, 11):

        @staticmethod
        def register():
            return None
