def register():
    pass


if __name__ == "__main__":
    raise SystemExit(1)
