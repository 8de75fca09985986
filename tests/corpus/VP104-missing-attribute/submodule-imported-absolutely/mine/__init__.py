import mine.plugin
