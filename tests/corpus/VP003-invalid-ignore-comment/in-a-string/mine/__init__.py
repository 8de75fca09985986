"""Keep a rule quiet with a comment:

    import a  # vplug: ignore(VP210)
"""

TEXT = "# vplug: ignore VP210"


def register():
    pass
