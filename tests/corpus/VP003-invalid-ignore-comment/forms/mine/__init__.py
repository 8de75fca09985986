import a  # vplug: ignore(VP210)
import b  # vplug: ignore VP210
import c  # vplug ignore[VP210]
import d  # vplug: ignore [VP210]
import e  # vplug: ignore[VP210
import f  # noqa: F401  # vplug: ignore
import g  # VPLUG: IGNORE[VP210]
import h  # vplug: noqa[VP210, VP211]
import i  # vplug:ignore=VP210


def register():
    pass
