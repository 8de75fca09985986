try:
    from .new import register
except ImportError:
    register = None
