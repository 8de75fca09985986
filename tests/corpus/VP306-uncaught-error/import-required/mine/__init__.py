def register():
    import flashmine.core
