def register():
    from . import models

    models.add_all()
