"""A paper of one page, as PDF, written without a program for it: a title and lines in a font that every reader has."""

import textwrap

TOP, LEFT, LEADING = 770, 72, 18  # points, on A4


def write_paper(title, paragraphs):
    """Return the bytes of a PDF. The texts are in Latin letters; what Latin-1 lacks becomes a question mark."""
    lines = [line for text in paragraphs for line in [*textwrap.wrap(text, 78), ""]]
    drawn = [f"BT /F2 17 Tf {LEFT} {TOP} Td 22 TL {as_lines(textwrap.wrap(title, 46))} ET"]
    drawn.append(f"BT /F1 11 Tf {LEFT} {TOP - 80} Td {LEADING} TL {as_lines(lines)} ET")
    content = "\n".join(drawn).encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en) >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    paper, places = b"%PDF-1.4\n", []
    for number, part in enumerate(objects, start=1):
        places.append(len(paper))
        paper += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(paper))
    return paper + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (size, table, end)


def as_lines(lines):
    escaped = [line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") for line in lines]
    return " ".join(f"({line}) Tj T*" for line in escaped)
