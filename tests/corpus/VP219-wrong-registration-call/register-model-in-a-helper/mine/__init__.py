def register():
    from .models import register_models

    register_models()
