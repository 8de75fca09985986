from typing import TYPE_CHECKING

if TYPE_CHECKING:
    print("a")

def register():
    pass
