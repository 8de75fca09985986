from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .old import parser

def register():
    pass
