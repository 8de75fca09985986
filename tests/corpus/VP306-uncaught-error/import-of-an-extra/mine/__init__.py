def register():
    import flashmine
