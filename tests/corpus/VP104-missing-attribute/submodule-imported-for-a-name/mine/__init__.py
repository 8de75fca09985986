from .plugin import enroll
