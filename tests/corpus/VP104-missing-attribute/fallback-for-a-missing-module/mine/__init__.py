try:
    from ._cuda import register
except ImportError:

    def register():
        return None
