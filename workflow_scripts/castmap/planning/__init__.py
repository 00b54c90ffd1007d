"""What a run needs to know before its first job: films, code, requests, the lock of the folder."""
