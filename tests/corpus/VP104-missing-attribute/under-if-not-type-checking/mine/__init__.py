from typing import TYPE_CHECKING

if not TYPE_CHECKING:
    from .plugin import register
