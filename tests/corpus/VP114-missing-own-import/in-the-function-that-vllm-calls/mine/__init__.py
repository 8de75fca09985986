def register():
    from .models import Model
