def register():
    model = _model()
    return model


def _model():
    from vllm.utils import FlexibleArgumentParser
    return FlexibleArgumentParser
