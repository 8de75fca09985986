def register():
    from mine.hooks import install

    install()
