import sys

from .hook import Finder

sys.meta_path.insert(0, Finder())
from .gone import X

def register():
    pass
