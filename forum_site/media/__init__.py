"""Uploaded files: fields, storage on disk or in a bucket, who may read them, renditions of pictures.

Imports `core`, `pagecache` and `search`.
"""
