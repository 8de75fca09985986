"""Use it so:

from .gone import X
"""
