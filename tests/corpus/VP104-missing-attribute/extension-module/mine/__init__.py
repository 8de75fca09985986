from ._native import register
