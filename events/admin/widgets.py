"""How forms name a picture of the library, and the point of a picture that is seen however it is cut."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.urls import reverse
from js_asset import Script

from events.models import EventPicture, Picture
from forum_site.admin.base import MAX_PK_DIGITS


def preview(file):
    """Return the address of a small rendition of a picture, for the admin."""
    return file.stored.small if file.stored else file.url


class PictureChooser(ForeignKeyRawIdWidget):
    """The number of a picture, beside the picture; the form says which `picture` it is."""

    template_name = "admin/events/picture_chooser.html"
    picture = None

    def __init__(self):
        super().__init__(EventPicture._meta.get_field("picture").remote_field, admin.site)

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        if picture := self._chosen(value):
            context["preview"] = preview(picture.file)
        context["facts_url"] = reverse("admin:events_picture_facts", args=[0])
        return context

    def _chosen(self, value):
        """Return the picture of this number: the one that the form knows or, of a form shown again, the one typed."""
        if self.picture and str(self.picture.pk) == str(value):
            return self.picture
        is_valid_pk = value and str(value).isascii() and str(value).isdigit()
        return Picture.objects.filter(pk=value).first() if is_valid_pk else None

    def value_from_datadict(self, data, files, name):
        value = super().value_from_datadict(data, files, name)
        return value and value.strip()[:MAX_PK_DIGITS]

    def label_and_url_for_value(self, value):
        return "", ""  # The picture says more.


class FocusForm(forms.ModelForm):
    """Two numbers, set by a click on the picture where scripts run.

    The heir names its picture in `focus_of` and the numbers in `focus_fields`.
    """

    focus_of = ""
    focus_fields = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        file = getattr(self.instance, self.focus_of)
        stored = file.stored if file else None
        across, down = self.focus_fields
        if stored and across in self.fields and down in self.fields:
            self.fields[across].widget.attrs |= {
                "data-focus-of": stored.middle,
                "data-focus-down": self.add_prefix(down),
            }

        for name in {across, down} & set(self.fields):
            self.fields[name].required = False

    def clean(self):
        super().clean()
        for name in self.focus_fields:
            if name in self.cleaned_data and self.cleaned_data[name] is None:
                self.cleaned_data[name] = self.initial.get(name, 50)  # An emptied number stays as it was.

    class Media:
        css = {"all": ["admin/pictures.css"]}
        js = [Script("admin/focal_point.js", type="module")]
