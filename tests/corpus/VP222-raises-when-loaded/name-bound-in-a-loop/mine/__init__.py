import vllm


def register():
    check(vllm.__version__)


def check(v):
    ok = False
    for known in ("0.33.0", "0.32.0"):
        if v == known:
            ok = True
    if not ok:
        raise RuntimeError("no")
