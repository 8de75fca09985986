# What vplug ignores is told in its manual; vplug: see there.
import a  # vplug: ignore[VP210]
import b  # noqa: F401  # vplug:ignore[missing-import, vp211] as it is optional


def register():  #vplug: ignore[VP104]
    pass
