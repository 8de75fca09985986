MODULE = "mine.platform"
CLASS = "MyPlatform"
