"""Titles that are legal, and that try to get out of whatever file they stand in."""

HOSTILE = {
    "script": "</script><script>alert(1)</script>",
    "comment": "<!--<script>",
    "cdata": "A ]]> <![CDATA[ & &amp; title",
    "lines": "One\r\nSUMMARY:Two\rAU  - Three\nX\u2028Y\u0085Z\x0bW",
    "emoji": "😀" * 300,
    "tex": r"\input{x} }} @misc{evil, % $x^2$ _ # ~ {",
    "quotes": '"a"; \'b\'; c="d" \\n \\;',
    "controls": "A\x01B\x1b[31mC\x7f",
    "right to left": "\u202eabc\u202c عربي",
}
