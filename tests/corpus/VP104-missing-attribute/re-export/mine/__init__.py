from .plugin import enroll as register
