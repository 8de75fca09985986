import vllm

KNOWN = {(0, 31, 0): "one", (0, 32, 0): "two"}


def register():
    check(vllm.__version_tuple__[:3])


def check(release, known=KNOWN):
    if release not in known:
        raise RuntimeError("no release that is known")
