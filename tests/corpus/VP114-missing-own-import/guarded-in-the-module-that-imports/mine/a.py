from .gone import A
