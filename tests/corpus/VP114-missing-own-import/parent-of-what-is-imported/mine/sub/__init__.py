from .gone import X
