"""Pictures on a page, in the format and the width that suit the browser, by what their names tell."""

from django import template

from forum_site.core.fields.rich_text import IMAGE, attributes_of, own_media_name
from forum_site.media.renditions import TYPES, stored_picture

register = template.Library()

# Phones have three pixels where two are seen: `sizes` say a little less than there is, and the next width is not sent.
IN_TEXTS = "(min-width: 46rem) 43rem, 80vw"


def sources(picture):
    """Return type and srcset of each format that not every browser knows."""
    return [(TYPES[ending], picture.srcset(ending)) for ending in picture.endings[:-1]]


@register.inclusion_tag("_picture.html")
def picture(file, alt="", sizes="100vw", block="", focus_x=50, focus_y=50, first=False):
    """Print a stored picture; `sizes` as in HTML, `block` is its class, `first` says that it is seen at once."""
    stored = file.stored
    focus = "".join(f" picture--{axis}-{round(at, -1)}" for axis, at in (("x", focus_x), ("y", focus_y)) if at != 50)
    return {
        "sources": sources(stored) if stored else [],
        "srcset": stored.srcset(stored.endings[-1]) if stored else "",
        "address": stored.small if stored else file.url,
        "width": file.width,
        "height": file.height,
        "alt": alt,
        "sizes": sizes,
        "classes": f"{block} picture{focus}".strip(),
        "first": first,
    }


@register.filter
def with_renditions(text):
    """Return cleaned rich text with the renditions of its pictures, which the text itself only names."""
    return IMAGE.sub(_with_renditions, text)


def _with_renditions(image):
    attributes = attributes_of(image[0])
    stored = stored_picture(own_media_name(attributes.get("src", "")))
    if stored is None:
        return image[0]
    width, height = (_number(attributes.get(name)) for name in ("width", "height"))
    if width and not height:
        height = max(1, round(width * stored.height / stored.width))
    elif height and not width:
        width = max(1, round(height * stored.width / stored.height))
    sizes = f"min({width}px, 100vw)" if width and width < 640 else IN_TEXTS
    parts = [f'<source type="{kind}" srcset="{srcset}" sizes="{sizes}">' for kind, srcset in sources(stored)]
    # The attributes come from the cleaner, escaped already; all else is of our own making.
    parts.append(
        f'<img src="{stored.small}" srcset="{stored.srcset(stored.endings[-1])}" sizes="{sizes}" '
        f'alt="{attributes.get("alt", "")}" width="{width or stored.width}" height="{height or stored.height}" '
        'loading="lazy" decoding="async">'
    )
    return f"<picture>{''.join(parts)}</picture>"


def _number(text):
    return int(text) if text and text.isascii() and text.isdigit() and 0 < len(text) < 5 else None
