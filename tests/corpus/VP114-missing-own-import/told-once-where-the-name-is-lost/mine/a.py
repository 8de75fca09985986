from .b import A
