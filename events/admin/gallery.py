"""The gallery in the form of an event: rows that name pictures of the library, and describe them where they stand.

The description, the credit and whether a picture is decorative are the library's, the same wherever it is shown.
static/admin/gallery.js takes in many files at once; without scripts a row names its picture by its number.
"""

from adminsortable2.admin import SortableStackedInline, SortableTabularInline
from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.utils.translation import gettext_lazy as _
from js_asset import Script

from events.forms import MOST_ROWS, OrderedFormSet
from events.models import Event, EventDocument, EventPicture, Picture
from events.models.cover import UNDESCRIBED
from events.picture_widgets import PictureChooser

DESCRIBED = ("alt", "is_decorative", "credit")


class EventPictureForm(forms.ModelForm):
    alt = Picture._meta.get_field("alt").formfield(widget=AdminTextInputWidget)
    is_decorative = Picture._meta.get_field("is_decorative").formfield()
    credit = Picture._meta.get_field("credit").formfield(widget=AdminTextInputWidget)

    class Meta:
        model = EventPicture
        fields = ["picture", "caption", "alt", "is_decorative", "credit"]

    def __init__(self, *args, may_describe=True, **kwargs):
        super().__init__(*args, **kwargs)
        picture = self.instance.picture if self.instance.picture_id else None
        if "picture" in self.fields:
            self.fields["picture"].widget.picture = picture
        for name in DESCRIBED:
            self.fields[name].disabled = not may_describe
            if picture:
                self.initial.setdefault(name, getattr(picture, name))

    def described(self):
        """Return the picture as this form leaves it: what was typed is said of it, and what was not stays."""
        picture = self.cleaned_data.get("picture")
        for name in DESCRIBED:
            if picture and name in self.changed_data:
                setattr(picture, name, self.cleaned_data.get(name))
        return picture

    @property
    def changes_description(self):
        return [name for name in DESCRIBED if name in self.changed_data]

    def save_description(self):
        if changed := self.changes_description:
            self.described().save(update_fields=changed)


class GalleryFormSet(OrderedFormSet):
    may_describe = True

    def get_form_kwargs(self, index):
        return {**super().get_form_kwargs(index), "may_describe": self.may_describe}

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
        if self.instance.publication != Event.Publication.PUBLISHED:
            return
        for form in self.rows():
            if form.described().is_undescribed:
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
    extra, max_num = 0, MOST_ROWS["pictures"]

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
        formset.may_upload = request.user.has_perm("events.add_picture")
        return formset


class DocumentInline(SortableTabularInline):
    model = EventDocument
    formset = OrderedFormSet
    fields = ["title", "file"]
    verbose_name_plural = _("documents")
    extra, max_num = 0, MOST_ROWS["documents"]
