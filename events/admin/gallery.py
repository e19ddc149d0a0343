"""The gallery in the form of an event: rows that name pictures of the library, and describe them where they stand.

The description, the credit and whether a picture is decorative are the library's, the same wherever it is shown: of one
that is printed on something that has been published, those say something else who may publish.
static/admin/gallery.js takes in many files at once; without scripts a row names its picture by its number.
"""

import re

from adminsortable2.admin import SortableStackedInline, SortableTabularInline
from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from js_asset import Script

from events.admin.forms import MAX_ROWS, OrderedFormSet
from events.admin.widgets import PictureChooser
from events.models import Event, EventDocument, EventPicture, Picture
from events.models.picture import UNDESCRIBED
from forum_site.admin.base import is_valid_pk
from forum_site.admin.printed_rows import PRINTED, may_publish

DESCRIBED = ("alt", "is_decorative", "credit")


class EventPictureForm(forms.ModelForm):
    alt = Picture._meta.get_field("alt").formfield(widget=AdminTextInputWidget)
    is_decorative = Picture._meta.get_field("is_decorative").formfield()
    credit = Picture._meta.get_field("credit").formfield(widget=AdminTextInputWidget)

    class Meta:
        model = EventPicture
        fields = ["picture", "caption", "alt", "is_decorative", "credit"]

    def __init__(self, *args, may_describe=True, closed=frozenset(), **kwargs):
        super().__init__(*args, **kwargs)
        self.closed, self.says = closed, {}
        picture = self.instance.picture if self.instance.picture_id else None
        may_describe = may_describe and not (picture and picture.pk in closed)
        if "picture" in self.fields:
            self.fields["picture"].widget.picture = picture
        for name in DESCRIBED:
            self.fields[name].disabled = not may_describe
            if picture:
                self.initial.setdefault(name, getattr(picture, name))

    def clean(self):
        super().clean()
        picture = self.cleaned_data.get("picture")
        if not picture:
            return
        self.says = {
            name: self.cleaned_data[name]
            for name in DESCRIBED
            if name in self.changed_data and name in self.cleaned_data
            if self.cleaned_data[name] != getattr(picture, name)
        }
        if picture.pk in self.closed:
            for name in {*self.says, *self._sent_though_disabled()}:
                self.add_error(name, PRINTED)
        elif self.says:
            try:
                self.described().clean()
            except ValidationError as error:
                self.add_error(None, error)

    def _sent_though_disabled(self):
        """Yield fields whose picture was printed only after the form was opened: what was typed there would be lost."""
        for name in DESCRIBED:
            field, key = self.fields[name], self.add_prefix(name)
            if field.disabled and key in self.data:
                sent = field.widget.value_from_datadict(self.data, self.files, key)
                if (sent or "") != (self.initial.get(name) or ""):
                    yield name

    def described(self):
        """Return the picture as this form leaves it: what was typed is said of it, and what was not stays."""
        picture = self.cleaned_data.get("picture")
        for name, value in self.says.items():
            setattr(picture, name, value)
        return picture

    def save_description(self):
        if self.says:
            self.described().save(update_fields=list(self.says))


class GalleryFormSet(OrderedFormSet):
    may_describe = may_publish = True

    def get_form_kwargs(self, index):
        return {**super().get_form_kwargs(index), "may_describe": self.may_describe, "closed": self.closed}

    @cached_property
    def closed(self):
        """The keys of the pictures in these rows of which this person may not say anything else."""
        if self.may_publish:
            return frozenset()
        keys = {place.picture_id for place in self.get_queryset()}
        if self.is_bound:
            sent = (self.data.get(name) for name in self.data if re.fullmatch(rf"{self.prefix}-\d+-picture", name))
            keys |= {int(key) for key in sent if is_valid_pk(key)}
        return frozenset(Picture.objects.filter(pk__in=keys).printed_keys())

    def rows(self):
        """Return the forms that stay and name a picture."""
        forms_ = [form for form in self.forms if form.has_changed() or form.instance.pk]
        return [
            form
            for form in forms_
            if getattr(form, "cleaned_data", None)
            and form.cleaned_data.get("picture")
            and not self._should_delete_form(form)
        ]

    def clean(self):
        super().clean()
        if self.instance.publication_status != Event.PublicationStatus.PUBLISHED:
            return
        for form in self.rows():
            if form.described().is_undescribed and not form.has_error("alt"):
                form.add_error("alt", UNDESCRIBED)

    def save(self, commit=True):
        saved = super().save(commit)
        self.save_descriptions()
        return saved

    def save_descriptions(self):
        for form in self.rows():
            form.save_description()


class GalleryInline(SortableStackedInline):
    model = EventPicture
    form = EventPictureForm
    formset = GalleryFormSet
    template = "admin/events/gallery.html"
    fields = ["picture", "caption", "alt", ("is_decorative", "credit")]
    raw_id_fields = ["picture"]
    verbose_name = _("picture")
    verbose_name_plural = _("gallery")
    extra, max_num = 0, MAX_ROWS["pictures"]

    class Media:
        css = {"all": ["admin/pictures.css"]}
        js = [Script("admin/gallery.js", type="module")]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("picture")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "picture":
            kwargs["widget"] = PictureChooser()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.may_describe = request.user.has_perm("events.change_picture")
        formset.may_publish = may_publish(request.user)
        formset.may_upload = request.user.has_perm("events.add_picture")
        return formset


class DocumentInline(SortableTabularInline):
    model = EventDocument
    formset = OrderedFormSet
    fields = ["title", "file"]
    verbose_name_plural = _("documents")
    extra, max_num = 0, MAX_ROWS["documents"]
