"""What every form and list of the admin does when something goes wrong: tell it, and lose nothing.

`SteadyAdmin` lists the problems of a long form at its top, says when a chosen file has to be chosen again, shows the
form once more when somebody else's save came in between, and answers odd search words, filters and choices with a list.
`SafeChoices`, which inlines need too, shows a choice that cannot be a row as no choice. `ReadOnlyAdmin` is for what
the site alone writes.
"""

import logging
from contextlib import nullcontext

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, Field
from django.forms import ModelForm
from django.http import HttpResponseRedirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forum_site.admin import change_log
from forum_site.admin.search import WordSearch
from forum_site.admin.stale_saves import digests, stale_form, written
from forum_site.media.kept_uploads import KeptFileInput, keep
from forum_site.search.indexing import batch_indexing

logger = logging.getLogger(__name__)

MAX_PK_DIGITS = 18  # digits
MAX_VALUES = 100  # of one parameter of a list
# What an address may ask of any column. Others, which no list offers, read every row or break the database.
LOOKUPS = {"exact", "in", "isnull", "gt", "gte", "lt", "lte"}
OVERTAKEN = gettext_lazy("Someone else saved at the same time. Review and save again.")
NOT_STORED = gettext_lazy(
    "The file could not be stored: the disk may be full, or the bucket does not respond. "
    "Tell your administrator and try again later."
)


def format_errors(model, message_dict):
    """Return in one line what `full_clean()` of a row of `model` complains of, each with the name of its field."""
    lines = []
    for name, messages_of_field in message_dict.items():
        label = "" if name == NON_FIELD_ERRORS else f"{capfirst(model._meta.get_field(name).verbose_name)}: "
        lines += [f"{label}{message}" for message in messages_of_field]
    return " ".join(lines)


def is_valid_pk(text):
    """Return whether a text, or what there is of one, is written as the key of a row."""
    return bool(text) and text.isascii() and text.isdigit() and len(text) <= MAX_PK_DIGITS


class _KeysOnly:
    """For an autocomplete: what was sent in place of a row's number is told as no choice, and breaks nothing."""

    def value_from_datadict(self, data, files, name):
        value = super().value_from_datadict(data, files, name)
        # More digits than a key has overflow the database; so many are no row either.
        return [key[:MAX_PK_DIGITS] for key in value] if isinstance(value, list) else value and value[:MAX_PK_DIGITS]

    def optgroups(self, name, value, attr=None):
        return super().optgroups(name, [key for key in value if str(key).isascii() and str(key).isdigit()], attr)


class AutocompleteOne(_KeysOnly, AutocompleteSelect):
    pass


class AutocompleteMany(_KeysOnly, AutocompleteSelectMultiple):
    pass


class ReadOnlyAdmin:
    """For the ModelAdmin of what is only looked at: rows that the site writes by itself."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class SafeChoices:
    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", AutocompleteOne(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", AutocompleteMany(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class SteadyAdmin(WordSearch, SafeChoices):
    # A model with versions compares these when a form was opened before somebody else's save, and tells old values.
    has_revisions = False

    def changeform_view(self, request, object_id=None, *args, **kwargs):
        try:
            with transaction.atomic() if request.method == "POST" else nullcontext():  # A GET locks nothing.
                if request.method == "POST" and not self.has_revisions and is_valid_pk(object_id):
                    # Held until all is saved, so that nobody else saves in between.
                    self.model._base_manager.select_for_update(no_key=True).filter(pk=object_id).exists()
                return super().changeform_view(request, object_id, *args, **kwargs)
        except IntegrityError:
            logger.warning("The database refused a save: %s", request.path, exc_info=True)
            # Nothing was saved. The same form, looked at again, now tells what is in its way.
            request.cannot_save = OVERTAKEN
            return super().changeform_view(request, object_id, *args, **kwargs)
        except OSError:
            if not request.FILES:
                raise
            logger.exception("An uploaded file could not be stored: %s", request.path)
            request.cannot_save = NOT_STORED
            return super().changeform_view(request, object_id, *args, **kwargs)

    def get_changeform_initial_data(self, request):
        """An address may fill the fields of a new form, but moments: Django's field breaks on any other text there."""
        moments = {field.name for field in self.opts.fields if isinstance(field, DateTimeField)}
        return {
            name: value for name, value in super().get_changeform_initial_data(request).items() if name not in moments
        }

    def get_form(self, request, obj=None, **kwargs):
        form_class = super().get_form(request, obj, **kwargs)
        if request.method == "POST" and obj and not self.has_revisions:
            form_class = stale_form(form_class, obj, request.POST)
        if not (reason := getattr(request, "cannot_save", None)):
            return form_class

        class UnsavedForm(form_class):
            def clean(self):
                super().clean()
                raise ValidationError(reason)

        return UnsavedForm

    def construct_change_message(self, request, form, formsets, add=False):
        message = super().construct_change_message(request, form, formsets, add)
        is_of_row = isinstance(form, ModelForm)  # The form of a password is not, and its value is no one's to read.
        if is_of_row and form.changed_data and not add and not self.has_revisions:
            message[0]["changed"]["values"] = change_log.changed_values(form)
        return message

    def log_deletions(self, request, queryset):
        if self.has_revisions:
            return super().log_deletions(request, queryset)
        return change_log.log_deletions(request.user, queryset)

    def save_related(self, *args, **kwargs):
        """The rows of a form are searched anew at one go, however many they are."""
        with batch_indexing():
            super().save_related(*args, **kwargs)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if change and obj and not self.has_revisions:
            stored = self.model._base_manager.filter(
                pk=obj.pk
            ).first()  # The form may have put into `obj` what was typed.
            context["opened_on"] = written(digests(type(context["adminform"].form), stored)) if stored else ""
        if context.get("errors"):
            forms = [("", 0, context["adminform"].form)]
            for inline in context["inline_admin_formsets"]:
                forms += [(inline.opts.verbose_name, *row) for row in enumerate(inline.formset.forms, start=1)]
            self._keep_files([form for *_row, form in forms])
            context["problems"] = [
                {"part": part, "number": number, "field": form[name], "message": errors[0]}
                for part, number, form in forms
                for name, errors in form.errors.items()
                if name in form.fields
            ]
        # Named, so that the page after a save is not led to the part of the form that its address still names.
        form_url = form_url or request.get_full_path()
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _keep_files(self, forms):
        """A browser does not send a chosen file twice: keep it for the next time, or say that it is to be chosen."""
        for form in forms:
            for name, field in form.fields.items():
                upload = getattr(form, "cleaned_data", {}).get(name)
                if not isinstance(field.widget, KeptFileInput) or not isinstance(upload, UploadedFile):
                    continue
                try:
                    field.widget.kept = keep(upload, field.widget.kind)
                except OSError:
                    form.add_error(name, _("Choose the file again: it could not be stored."))

    def response_action(self, request, queryset):
        keys = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if all(is_valid_pk(key) for key in keys):
            return super().response_action(request, queryset)
        messages.warning(request, _("This choice cannot be read, so nothing was done."))
        return None

    def lookup_allowed(self, lookup, value, request):
        is_other = lookup.rpartition("__")[2] in Field.get_lookups().keys() - LOOKUPS
        return not is_other and super().lookup_allowed(lookup, value, request)

    def get_changelist_instance(self, request):
        if any(len(values) > MAX_VALUES for _name, values in request.GET.lists()):
            raise ValueError("A parameter has more values than anybody chooses.")
        return super().get_changelist_instance(request)

    def changelist_view(self, request, *args, **kwargs):
        try:
            return super().changelist_view(request, *args, **kwargs)
        except (OverflowError, ValueError):
            if not request.GET:
                raise
            logger.warning("A filter could not be read: %s", request.path, exc_info=True)
            messages.warning(request, _("Invalid filter: showing everything."))
            return HttpResponseRedirect(request.path)
