from mine.plugin import *
