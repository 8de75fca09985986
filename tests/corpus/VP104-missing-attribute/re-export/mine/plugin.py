from mine.deep import enroll
