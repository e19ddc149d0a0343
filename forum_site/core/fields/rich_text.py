"""Rich text: the field, its form field, the editor's configuration and the cleaner, all in this one module.

`RichTextField` is a TextField whose value is cleaned whenever it is written to the database, by whatever way: a form,
`save()`, `bulk_create`, `update()` or `loaddata`. The cleaner is the boundary; the editor never is. In migrations the
field is a plain TextField, so that another editor is a change of this module alone.

`clean_rich_text(html)` → the HTML that may stand on a page, or a ValidationError that an editor understands.
`removed_from(html)` → sentences about what cleaning changes, for the editor (pasted_html.py).
`RichTextAdmin` lets the editor run on the change forms that have one, and nowhere else; it shows these sentences.
"""

import re
import unicodedata
from html import unescape

import nh3
from ckeditor.widgets import CKEditorWidget
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from js_asset import Script

from forum_site.core.fields.urls import UNSEEN
from forum_site.core.text.pasted_html import adapted

MAX_LENGTH = 150_000  # characters of HTML: about 20,000 words
MAX_REPORTED = 3  # changes of a field that are listed after it was saved
MAX_DEPTH = 60  # elements within each other; cleaning is quadratic in it

ATTRIBUTES = {
    "a": {"href", "title", "id"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "scope", "id"},
    "th": {"colspan", "rowspan", "scope", "id"},
    **{key: {"id"} for key in ("p", "h2", "h3", "h4", "li")},
}
TAGS = {
    *ATTRIBUTES,
    *("br", "hr", "blockquote", "ul"),
    *("strong", "em", "b", "i", "u", "s", "sub", "sup"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "figure", "figcaption"),
}

# What is not closed by an end tag of its own does not nest, however often it is written.
_NEVER_NESTS = {
    *("p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option"),
    *("img", "br", "hr", "input", "meta", "link", "col", "wbr"),
}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_OWN_ID = re.compile(r"text-[0-9a-f]{8}-\d{1,4}")  # Nothing else of a page has an id that begins so.
_ADDRESS = re.compile(
    rf"(?:(?:https?|mailto|tel):[^\s\\{UNSEEN}]+|/(?![/\\])[^\s\\{UNSEEN}]*|#[^\s\\{UNSEEN}]*)", re.IGNORECASE
)
IMAGE = re.compile(r'<img(?: [a-z]+="[^"]*")*>')  # as the cleaner writes it
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_FILE_ADDRESS = re.compile(r' (?:src|href)="([^"]*)"')
_TEXT = re.compile(r"(?:^|(?<=>))[^<>]+")  # A tag composed with an accent behind it would be none.
_SOURCELESS_IMAGE = re.compile(r'<img(?: (?!src=)[a-z]+="[^"]*")*>')

# What goes in comes out: nothing is offered that the cleaner takes away.
EDITOR = {
    "toolbar": "Forum",
    "toolbar_Forum": [
        ["Format", "Bold", "Italic", "Strike"],
        ["NumberedList", "BulletedList", "Blockquote"],
        ["Link", "Unlink", "Image", "Table"],
        ["RemoveFormat", "Maximize", "Source"],
    ],
    "format_tags": "p;h2;h3;h4",
    "removeDialogTabs": "link:target;link:advanced;table:advanced;image:Link;image:advanced",
    # A picture is chosen, dropped or pasted; either way it goes to our own upload (static/admin/text_pictures.js).
    "filebrowserImageUploadUrl": settings.PICTURE_UPLOAD_URL,
    "filebrowserUploadMethod": "xhr",
    "imageUploadUrl": settings.PICTURE_UPLOAD_URL,
    "image_previewText": " ",
    "linkShowTargetTab": False,
    "linkShowAdvancedTab": False,
    "removePlugins": "exportpdf,scayt,preview,print,newpage,save,templates,iframe,forms,flash,about,language,smiley",
    "disallowedContent": "img{width,height,float,margin,border}",
    "extraAllowedContent": (
        "img[!src,alt,width,height];h2 h3 h4 hr u s sub sup;table thead tbody tr caption;"
        "td th[colspan,rowspan,scope];figure figcaption;a[!href,title];a h2 h3 h4 p li td th[id]"
    ),
    "versionCheck": False,
    "disableNativeSpellChecker": False,
    "height": 260,
    "width": "auto",
}


def _clean_attribute(tag, name, value):
    value = value.strip()
    if name == "href":
        return value if _ADDRESS.fullmatch(value) else None
    if name == "src":
        return value if own_media_name(value) else None
    if name == "id":
        return value if _OWN_ID.fullmatch(value) else None
    return value


def attributes_of(tag):
    """Return the attributes of a tag in cleaned text, their values escaped as they stand there."""
    return dict(_ATTRIBUTE.findall(tag))


def own_media_name(address):
    """Return the name of the stored file at an address of our own media, or None for any other address."""
    name = address.removeprefix(settings.MEDIA_URL)
    return name if re.fullmatch(r"[\w./-]+", name) and name != address and ".." not in name else None


def media_names_in(text):
    """Return the names of the stored files of ours that cleaned rich text shows or links to."""
    return {name for address in _FILE_ADDRESS.findall(text) if (name := own_media_name(unescape(address)))}


def _depth(html):
    depth = deepest = 0
    for closing, tag in _TAG.findall(html):
        if tag.lower() in _NEVER_NESTS:
            continue
        depth = max(depth - 1, 0) if closing else depth + 1
        deepest = max(deepest, depth)
    return deepest


def clean_rich_text(html):
    """Return `html` with only the tags, attributes and addresses that a page may carry.

    Raises ValidationError for a text that is too long or too deeply nested to be cleaned: it is refused, never cut.
    """
    return _cleaned(html)[0]


def removed_from(html):
    """Return a sentence for each thing that `clean_rich_text()` takes out or replaces; fonts and colours are none."""
    return _cleaned(html)[1]


def _cleaned(html):
    html = (html or "").replace("\x00", "")
    _refuse_unbounded(html)
    html, removed = adapted(html, TAGS, ATTRIBUTES, _ADDRESS.fullmatch, own_media_name)
    _refuse_unbounded(html)
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_clean_attribute,
        # A wide table scrolls in its place, and whoever has no mouse must get there.
        set_tag_attribute_values={"table": {"tabindex": "0"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener",
    )
    clean = _TEXT.sub(lambda text: unicodedata.normalize("NFC", text.group()), _SOURCELESS_IMAGE.sub("", clean))
    _refuse_unbounded(clean)  # Closing what was open and writing “&” as “&amp;” makes a text longer.
    return clean, removed


def _refuse_unbounded(html):
    if len(html) > MAX_LENGTH:
        raise ValidationError(
            _(
                "This text has %(length)s characters, with its formatting; at most %(limit)s fit. "
                "Shorten it, or move a part of it to a panel or a visit."
            ),
            code="too_long",
            params={"length": f"{len(html):,}", "limit": f"{MAX_LENGTH:,}"},
        )
    if _depth(html) > MAX_DEPTH:
        raise ValidationError(
            _("This text nests its formatting too deeply. Select it all and choose “Remove format”."), code="too_deep"
        )


class RichTextWidget(CKEditorWidget):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.config = {**self.config, **EDITOR}

    @property
    def media(self):
        more = ("admin/editor_policy.js", "admin/text_pictures.js", "admin/pasted_text.js")
        return super().media + forms.Media(js=[Script(name, type="module") for name in more])


class RichTextFormField(forms.CharField):
    def __init__(self, **kwargs):
        super().__init__(**{**kwargs, "widget": RichTextWidget()})

    def to_python(self, value):
        clean, self.removed = _cleaned(super().to_python(value))  # Each form has a copy of the field.
        return clean

    def report(self):
        """Return what was taken out of the text of this form, in a line, or ""."""
        removed = getattr(self, "removed", [])
        told = "; ".join(removed[:MAX_REPORTED])
        more = len(removed) - MAX_REPORTED
        if more > 0:
            told += ngettext("; and %(number)s change more", "; and %(number)s changes more", more) % {"number": more}
        return told


class RichTextField(models.TextField):
    def pre_save(self, model_instance, add):
        setattr(model_instance, self.attname, clean_rich_text(getattr(model_instance, self.attname)))
        return super().pre_save(model_instance, add)

    def get_db_prep_save(self, value, connection):
        # The last gate before the database: `loaddata` and `update()` come by here too, and never by pre_save.
        if not hasattr(value, "resolve_expression"):
            value = clean_rich_text(value)
        elif not isinstance(value.output_field, RichTextField):
            # What the database computes from other columns never comes by here.
            raise TypeError("Rich text is written as text, or from another rich text, not from an expression.")
        return super().get_db_prep_save(value, connection)

    def formfield(self, **kwargs):
        return super().formfield(**{**kwargs, "form_class": RichTextFormField})

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs
