from .gone import X
from mine.there import Y
