def register(options={}):
    from transformers import AutoConfig

    AutoConfig.register("mine", object, **options)
