def register():
    """Take "mine.other.C" for it."""
