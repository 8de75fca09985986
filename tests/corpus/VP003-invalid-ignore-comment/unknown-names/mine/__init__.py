import a  # vplug: ignore[VP999]
import b  # vplug: ignore[missing-imports]
import c  # vplug: ignore[VP2]
import d  # vplug: ignore[]
import e  # vplug: ignore[VP210, nothing-of-the-kind]


def register():
    pass
