"""Odd texts that others collected: the files of the folder that FORUM_CORPORA names. None of them is kept here.

Each line of a file is a text, and in a `.json` file each string of a list. What is no UTF-8 is read as Latin-1, byte by
byte. Lists of naughty strings, and the payloads of scanners, are found on npm and PyPI: CONTRIBUTING.md names some.
"""

import json
import os
from pathlib import Path

NAME = "FORUM_CORPORA"
MAX_FILE_LENGTH = 20 * 1024 * 1024
ABSENT = (
    f"{NAME} is not set: no public corpus of odd input is tried, only what tests/odd_input/words.py makes. "
    f"{NAME}=/a/folder names one, a text a line; CONTRIBUTING.md tells where there are some."
)


def corpus():
    """Return the different texts of all files, in order."""
    folder = os.environ[NAME]
    files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    texts = list(dict.fromkeys(text for path in files for text in texts_of(path)))
    assert texts, f"{NAME} names {folder}, which holds no text."
    return texts


def texts_of(path):
    assert path.stat().st_size <= MAX_FILE_LENGTH, f"{path} is larger than {MAX_FILE_LENGTH} bytes."
    data = path.read_bytes()
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if path.suffix == ".json":
        found = json.loads(text)
        return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
    return [line.removesuffix("\r") for line in text.split("\n")]
