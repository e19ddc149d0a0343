import gzip

import pytest

from forum_site.pagecache.gzip import GzipPrefix, accepts_gzip

pytestmark = pytest.mark.one_database

TEXTS = [b"", b"<p>", b"The same words again. " * 9000, bytes(range(256)) * 300]


@pytest.mark.parametrize("start", TEXTS)
@pytest.mark.parametrize("end", TEXTS)
def test_text_is_whole_whatever_its_end(start, end):
    compressed = GzipPrefix(start)
    assert gzip.decompress(compressed.followed_by(end)) == start + end
    assert gzip.decompress(compressed.followed_by(b"another")) == start + b"another"


def test_start_is_smaller():
    assert len(GzipPrefix(TEXTS[2])) < len(TEXTS[2]) / 100


@pytest.mark.parametrize(
    ("header", "is_accepted"),
    [
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.01", True),
        ("x-gzip", True),
        ("gzip;q=0", False),
        ("gzip ; q=0.000, br", False),
        ("br", False),
        ("identity", False),
        ("", False),
        (None, False),
    ],
)
def test_gzip_is_sent_to_those_who_accept_it(rf, header, is_accepted):
    assert accepts_gzip(rf.get("/", headers={"Accept-Encoding": header} if header is not None else {})) is is_accepted
