from . import a
import mine.a
