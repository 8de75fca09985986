def register():
    from transformers import AutoConfig

    try:
        AutoConfig.register("mine", object)
    except Exception:
        pass
