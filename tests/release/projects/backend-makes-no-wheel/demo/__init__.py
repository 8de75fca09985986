def register():
    """Register nothing."""
