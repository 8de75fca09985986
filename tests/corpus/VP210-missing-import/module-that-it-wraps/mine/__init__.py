def register():
    from mine.tools import cdiv
    from mine.wrapper import wrapped

    return cdiv, wrapped
