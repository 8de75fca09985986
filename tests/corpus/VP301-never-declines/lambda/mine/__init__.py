register = lambda: "mine.platform.MinePlatform"
