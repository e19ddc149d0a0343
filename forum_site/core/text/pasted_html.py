"""What pasted HTML has that a text here cannot have, and what becomes of it: `adapted(html, …)`.

Films and pictures of other sites become links to them, headings of other levels become ours, crossed-out text is kept,
and links within a text keep their targets. What cannot be kept is listed, so that the editor is told.

This is no boundary: rich_text.py cleans what comes of it, as it cleans everything else.
"""

import re
from hashlib import blake2b
from html import escape, unescape
from urllib.parse import parse_qs, unquote, urlsplit

import nh3
from django.utils.text import Truncator
from django.utils.translation import gettext as _

RENAMED = {"h1": "h2", "h5": "h4", "h6": "h4", "del": "s", "strike": "s"}
_FILMS = ("iframe", "video", "audio", "object")  # elements whose content is for programs that cannot show them
_VOID = {"img", "br", "hr", "embed", "source"}
_WITH_IDS = {"a", "p", "h2", "h3", "h4", "li", "td", "th"}
_UNWRAPPED = {"span", "div"}
_ATTRIBUTES = {
    **{key: {"id"} for key in (*_WITH_IDS, *RENAMED)},
    "a": {"href", "title", "id", "name"},
    "span": {"style", "id"},
    "div": {"id"},
    "object": {"data"},
    **{key: {"src"} for key in ("iframe", "video", "audio", "embed", "source")},
}
# Read here, so that they can be told; the cleaner takes them out.
_SCHEMES = {"http", "https", "mailto", "tel", "ftp", "file", "data", "blob", "cid", "about", "javascript", "vbscript"}
# Texts without any of these are left as they are.
_CONCERNED = re.compile(
    r"<(a|img|h[156]|del|strike|span|div|embed|iframe|video|audio|object)\b|\sid\s*=", re.IGNORECASE
)
_LOST = re.compile(r"<(svg|math|canvas|form|input|select|textarea|button|marquee|frameset)\b", re.IGNORECASE)
# As nh3 writes it: text and values hold no “<” of their own.
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_OWN_ID = re.compile(r"text-[0-9a-f]{8}-\d{1,4}")
_STRUCK = re.compile(r"text-decoration(-line)?\s*:[^;]*line-through", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s\\]+", re.IGNORECASE)


def adapted(html, tags, attributes, is_link, is_own_picture):
    """Return `html` with what can be kept in a form that the cleaner keeps, and sentences about what cannot.

    `tags` and `attributes` are the cleaner's; `is_link` and `is_own_picture` tell which addresses it keeps.
    """
    lost = [
        _("an element “%(name)s” was removed") % {"name": name.lower()} for name in dict.fromkeys(_LOST.findall(html))
    ]
    if not _CONCERNED.search(html):
        return html, lost
    html = nh3.clean(
        html,
        tags={*tags, *RENAMED, *_FILMS, *_UNWRAPPED, "embed", "source"},
        attributes={
            name: attributes.get(name, set()) | _ATTRIBUTES.get(name, set()) for name in (*attributes, *_ATTRIBUTES)
        },
        url_schemes=_SCHEMES,
        link_rel=None,
    )
    adapting = _Adapting(html, is_link, is_own_picture)
    return adapting.html, list(dict.fromkeys([*adapting.changes, *lost]))


def film_page(address):
    """Return the address of the page of a film that is embedded by `address`; for an unknown site, `address`."""
    try:
        found = urlsplit(address)
    except ValueError:  # Brackets that hold no IPv6 address.
        return address
    host, path = (found.hostname or "").removeprefix("www."), found.path
    query = {name: values[0] for name, values in parse_qs(found.query).items()}
    if host in ("youtube.com", "youtube-nocookie.com") and (name := re.fullmatch(r"/embed/([\w-]{6,20})", path)):
        if name[1] == "videoseries":
            return f"https://www.youtube.com/playlist?list={query['list']}" if "list" in query else address
        start = f"&t={query['start']}s" if query.get("start", "").isdecimal() else ""
        return f"https://www.youtube.com/watch?v={name[1]}{start}"
    if host == "player.vimeo.com" and (name := re.fullmatch(r"/video/(\d+)", path)):
        return f"https://vimeo.com/{name[1]}" + (f"/{query['h']}" if query.get("h", "").isalnum() else "")
    if host == "rutube.ru" and (name := re.fullmatch(r"/play/embed/(\w+)/?", path)):
        return f"https://rutube.ru/video/{name[1]}/"
    if host in ("vk.com", "vkvideo.ru") and path == "/video_ext.php" and {"oid", "id"} <= query.keys():
        return f"https://{host}/video{query['oid']}_{query['id']}"
    if host == "dailymotion.com" and (name := re.fullmatch(r"/embed/video/(\w+)", path)):
        return f"https://www.dailymotion.com/video/{name[1]}"
    return address


def whole_address(address):
    """Return an address as people write it with its scheme, its spaces escaped."""
    address = address.strip()
    if address.startswith("//"):
        address = f"https:{address}"
    elif re.match(r"www\.[\w-]+\.\w", address, re.IGNORECASE):
        address = f"https://{address}"
    return re.sub(r"\s+", "%20", address) if address.lower().startswith(("http://", "https://")) else address


def _short(text):
    return Truncator(text).chars(80)


class _Adapting:
    """One walk over the tags of a text that nh3 has written; `html` and `changes` are what comes of it."""

    def __init__(self, html, is_link, is_own_picture):
        self.is_link, self.is_own_picture = is_link, is_own_picture
        self.changes = []
        self.digest = blake2b(html.encode(), digest_size=4).hexdigest()
        self.ids = self._targets(html)
        self.used = set()
        self.out, self.open = [], []  # `open`: for each open element its name and the tag that closes it
        self._walk(html)
        self.html = "".join(self.out)

    def _targets(self, html):
        """Return the id that each target of a link within the text gets, by its name."""
        named, asked = {}, set()
        for _closing, name, rest in _TAG.findall(html):
            values = dict(_ATTRIBUTE.findall(rest))
            if name in ("a", "span", "div") or RENAMED.get(name, name) in _WITH_IDS:
                for key in filter(None, (values.get("id"), values.get("name"))):
                    named.setdefault(unescape(key), len(named))
            if values.get("href", "").strip().startswith("#"):
                asked.add(self._fragment(values["href"]))
        return {
            key: key if _OWN_ID.fullmatch(key) else f"text-{self.digest}-{number}"
            for key, number in named.items()
            if key in asked
        }

    @staticmethod
    def _fragment(href):
        return unquote(unescape(href).strip()[1:])

    def _walk(self, html):
        at, skipped = 0, None
        for tag in _TAG.finditer(html):
            closing, name, rest = tag.groups()
            if skipped:  # The content of a film.
                if name == skipped["name"] and closing:
                    self._film(skipped["addresses"])
                    skipped, at = None, tag.end()
                elif name in ("source", "embed"):
                    skipped["addresses"].append(dict(_ATTRIBUTE.findall(rest)).get("src", ""))
                continue
            self.out.append(html[at : tag.start()])
            at = tag.end()
            values = {key: unescape(value) for key, value in _ATTRIBUTE.findall(rest)}
            if closing:
                if self.open:
                    self.out.append(self.open.pop()[1])
            elif name in _FILMS:
                skipped = {"name": name, "addresses": [values.get("src") or values.get("data") or ""]}
            elif name == "embed":
                self._film([values.get("src", "")])
            elif name == "img":
                self._picture(tag[0], values)
            elif name in _VOID:
                self.out.append(tag[0])
            else:
                self._element(name, values)
        if not skipped:
            self.out.append(html[at:])

    def _element(self, name, values):
        anchor = self._id(values)
        if name == "a":
            return self._link(values, anchor)
        if name in _UNWRAPPED:
            struck = name == "span" and _STRUCK.search(values.get("style", ""))
            if anchor:
                self.out.append(f'<a id="{anchor}"></a>')
            self._push(name, *(("<s>", "</s>") if struck else ("", "")))
            return None
        name = RENAMED.get(name, name)
        values = {key: value for key, value in values.items() if key != "id"}
        if anchor and name in _WITH_IDS:
            values["id"] = anchor
        self._push(name, _tag(name, values), f"</{name}>")
        return None

    def _push(self, name, start, end):
        self.out.append(start)
        self.open.append((name, end))

    def _id(self, values):
        """Return the id of an element that a link within the text leads to, once."""
        for key in filter(None, (values.get("id"), values.get("name"))):
            found = self.ids.get(key)
            if found and found not in self.used:
                self.used.add(found)
                return found
        return None

    def _link(self, values, anchor):
        href, kept = values.get("href", ""), {}
        if href.strip().startswith("#"):
            target = self.ids.get(self._fragment(href))
            address = f"#{target}" if target else None
        else:
            address = whole_address(href)
            address = address if self.is_link(address) else None
        if address:
            kept["href"] = address
            if title := values.get("title"):
                kept["title"] = title
        elif href.strip():
            self.changes.append(
                _("the link to “%(address)s” was removed, its text is kept") % {"address": _short(href.strip())}
            )
        if anchor:
            kept["id"] = anchor
        self._push("a", *((_tag("a", kept), "</a>") if kept else ("", "")))

    def _film(self, addresses):
        found = next((whole for each in addresses if _WEB.fullmatch(whole := whole_address(each))), None)
        if found is None:
            if any(addresses):
                told = {"address": _short(next(filter(None, addresses)))}
                self.changes.append(_("the video “%(address)s” was removed") % told)
            else:
                self.changes.append(_("a video without a URL was removed"))
            return
        page = film_page(found)
        self.changes.append(_("the video is now a link: %(address)s") % {"address": _short(page)})
        self._address(page, page)

    def _picture(self, tag, values):
        source = values.get("src", "").strip()
        if self.is_own_picture(source):
            self.out.append(tag)
            return
        address, alt = whole_address(source), values.get("alt", "").strip()
        if _WEB.fullmatch(address):
            self.changes.append(
                _("the picture of another site is now a link: %(address)s. Upload it to show it here")
                % {"address": _short(address)}
            )
            self._address(address, alt or address)
        else:
            self.changes.append(
                _("the picture “%(name)s” was removed. Upload it to show it here") % {"name": _short(alt or source)}
            )

    def _address(self, address, text):
        """Put a link where a film or a picture was; within a link, only its text."""
        link = escape(text) if any(name == "a" for name, _end in self.open) else None
        link = link or f"{_tag('a', {'href': address})}{escape(text)}</a>"
        self.out.append(link if self.open else f"<p>{link}</p>")


def _tag(name, values):
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in values.items())
    return f"<{name}{attributes}>"
