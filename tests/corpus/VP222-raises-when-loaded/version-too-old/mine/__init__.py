def register():
    import vllm
    from packaging.version import Version

    current, oldest = Version(vllm.__version__), Version("0.12.0")
    newest = Version("0.17.0")
    if oldest > current or current >= newest:
        raise RuntimeError(f"not made for {current}")
