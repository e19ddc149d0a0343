"""The pages of the admin on which tables come in, and the files in which its lists go out.

`ImportAdmin` and `ExportAdmin` are for a ModelAdmin that names its `table_import`, or has `export_columns`.

Between the check and the import, the file is kept in the page itself, packed and signed for its person: nothing has to
be stored or cleared away on the server, and any process can go on.
"""

import json
import logging
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, TimestampSigner
from django.db import IntegrityError
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from forum_site.admin.base import OVERTAKEN
from forum_site.core.text.dates import DAY_FIRST, MONTH_FIRST
from forum_site.spreadsheets.columns import MAX_LISTED, FieldColumn
from forum_site.spreadsheets.readers import MAX_BYTES, MAX_ROWS, UnreadableError, read
from forum_site.spreadsheets.writers import MAX_XLSX_CELL_LENGTH, TooLongError, csv_response, xlsx_response

logger = logging.getLogger(__name__)

MAX_NAMED = 300  # rows or faults on a page
MAX_IN_XLSX = 5000  # rows: the whole file is made before it is sent
BATCH = 200
DAY = 86_400  # seconds
FILES = ("csv", "xlsx")


class ImportForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Table"), required=False, help_text=gettext_lazy("CSV or XLSX."))
    day_order = forms.ChoiceField(
        label=gettext_lazy("Days such as 05/06/2027"),
        choices=[
            ("", gettext_lazy("The table has none, or I do not know")),
            (DAY_FIRST, gettext_lazy("Day first: 5 June 2027")),
            (MONTH_FIRST, gettext_lazy("Month first: 6 May 2027")),
        ],
        required=False,
    )
    adds_missing = forms.BooleanField(
        label=gettext_lazy("Add organizations, series and tags that are not here yet"), required=False
    )


class KeptFile:
    """A file that a page carries on to the next one."""

    def __init__(self, name, data):
        self.name, self.data = name, data

    @staticmethod
    def _signer():
        return TimestampSigner(salt="forum_site.spreadsheets")

    def packed(self, person):
        content = json.dumps([person.pk, self.name]).encode() + b"\n" + self.data
        return self._signer().sign(urlsafe_b64encode(zlib.compress(content)).decode())

    @classmethod
    def unpacked(cls, text, person):
        """Return the file, or None where the text is none of ours, another person's or of yesterday."""
        try:
            content = zlib.decompress(urlsafe_b64decode(cls._signer().unsign(text, max_age=DAY)))
        except BadSignature:
            return None
        head, _newline, data = content.partition(b"\n")
        owner, name = json.loads(head)
        return cls(name, data) if owner == person.pk else None


class ImportAdmin:
    table_import = None
    asks_for_missing = False

    def get_urls(self):
        view = self.admin_site.admin_view(self.import_view)
        template = self.admin_site.admin_view(self.template_view)
        return [
            path("import/", view, name=self._table_name("import")),
            *(path(f"import/template.{kind}", template, {"kind": kind}, self._table_name(kind)) for kind in FILES),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        address = reverse(f"admin:{self._table_name('import')}") if self.has_add_permission(request) else ""
        return super().changelist_view(request, {**(extra_context or {}), "import_address": address})

    def _table_name(self, what):
        return f"{self.opts.app_label}_{self.opts.model_name}_import_{what}"

    def template_view(self, request, kind):
        """Return an empty table to be filled in: the columns, and a row as an example."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        columns = self.table_import.make_columns()
        lines = [[str(column.title) for column in columns], [str(column.example) for column in columns]]
        name = f"{self.opts.model_name}-template"
        if kind == "csv":
            return csv_response(name, lines)
        allowed = [[_("Column"), _("Value"), _("Meaning")]]
        allowed += [[str(column.title), *choice] for column in columns for choice in column.choices]
        return xlsx_response(name, **{_("Table"): lines, _("Allowed values"): allowed})

    def import_view(self, request):
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        if not self.asks_for_missing:
            del form.fields["adds_missing"]
        columns = self.table_import.make_columns()
        if not any(isinstance(column, FieldColumn) and column.is_day for column in columns):
            del form.fields["day_order"]
        kept = found = None
        number_left = 0
        if request.method == "POST" and form.is_valid():
            kept = self._sent_file(request, form)
            found = kept and self._checked(request, form, kept)
            if found and self._is_wanted(request, found) and self._imported(request, form, found):
                if not found.later:
                    changelist = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
                    return HttpResponseRedirect(reverse(changelist))
                found, number_left = None, len(found.later)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import %(things)s from a table") % {"things": self.opts.verbose_name_plural},
            "opts": self.opts,
            "form": form,
            "found": found,
            "row_errors": found and found.row_errors[:MAX_NAMED],
            "new": found and found.new[:MAX_NAMED],
            "there": found and found.there[:MAX_NAMED],
            "most_told": MAX_NAMED,
            "most_rows": MAX_ROWS,
            "kept": kept,
            "packed": kept.packed(request.user) if found or number_left else "",
            "number_left": number_left,
            "first": found.new[0].number if found and found.new else "",
            "columns": [(column, column.choices) for column in columns],
            "most_listed": MAX_LISTED,
            "templates": [(kind.upper(), reverse(f"admin:{self._table_name(kind)}")) for kind in FILES],
        }
        return TemplateResponse(request, "admin/tables/import.html", context)

    def _sent_file(self, request, form):
        if upload := form.cleaned_data["file"]:
            if upload.size > MAX_BYTES:
                form.add_error("file", _("The file is larger than 5 MB. Divide it into several."))
                return None
            return KeptFile(upload.name, upload.read())
        kept = KeptFile.unpacked(request.POST.get("kept", ""), request.user)
        if kept is None:
            form.add_error("file", _("Choose a table."))
        return kept

    def _checked(self, request, form, kept):
        try:
            table = read(kept.name, kept.data, self.table_import.knows())
        except UnreadableError as error:
            form.add_error("file", str(error))
            return None
        adds_missing = form.cleaned_data.get("adds_missing", False)
        return self.table_import(self, request, table, adds_missing, form.cleaned_data.get("day_order", ""))

    @staticmethod
    def _is_wanted(request, found):
        """Return whether these rows were looked over, and are to come in: after a second click, others would."""
        is_looked_over = found.new and request.POST.get("first") == str(found.new[0].number)
        return is_looked_over and found.is_valid and "import" in request.POST and not request.FILES

    def _imported(self, request, form, found):
        try:
            added = found.save()
        except IntegrityError:
            logger.warning("The database refused an import.", exc_info=True)
            form.add_error(None, OVERTAKEN)
            return False
        told = ngettext("%(count)d row was imported.", "%(count)d rows were imported.", added) % {"count": added}
        self.message_user(request, told, messages.SUCCESS)
        if (there := len(found.there)) and not found.later:
            told = ngettext("%(count)d was there already.", "%(count)d were there already.", there) % {"count": there}
            self.message_user(request, told, messages.INFO)
        return True


class ExportAdmin:
    @property
    def export_columns(self):
        raise NotImplementedError

    def with_export_columns(self, queryset):
        """Load what the columns say of these rows."""
        return queryset

    def get_urls(self):
        view = self.admin_site.admin_view(self.export_view)
        return [
            *(path(f"export.{kind}", view, {"kind": kind}, self._export_name(kind)) for kind in FILES),
            *super().get_urls(),
        ]

    def _export_name(self, kind):
        return f"{self.opts.app_label}_{self.opts.model_name}_export_{kind}"

    def changelist_view(self, request, extra_context=None):
        addresses = [
            (kind.upper(), reverse(f"admin:{self._export_name(kind)}", query=request.GET or None)) for kind in FILES
        ]
        return super().changelist_view(request, {**(extra_context or {}), "exports": addresses})

    def export_view(self, request, kind):
        """Return the list as it is filtered, all pages of it."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        changelist = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        request.GET = request.GET.copy()
        for name in ("p", "all"):
            request.GET.pop(name, None)
        try:
            rows = self.get_changelist_instance(request).queryset
            keys = list(rows.values_list("pk", flat=True))
        except (IncorrectLookupParameters, OverflowError, ValueError):
            messages.warning(request, _("Invalid filter: nothing was exported."))
            return HttpResponseRedirect(changelist)
        return self._export(request, keys, kind) or HttpResponseRedirect(
            f"{changelist}?{request.GET.urlencode()}" if request.GET else changelist
        )

    @admin.action(permissions=["view"], description=gettext_lazy("Export selected as CSV"))
    def export_csv(self, request, queryset):
        return self._export(request, list(queryset.values_list("pk", flat=True)), "csv")

    @admin.action(permissions=["view"], description=gettext_lazy("Export selected as XLSX"))
    def export_xlsx(self, request, queryset):
        return self._export(request, list(queryset.values_list("pk", flat=True)), "xlsx")

    def _export(self, request, keys, kind):
        """Return the response with the file, or None and say why there is none."""
        columns = self.export_columns
        if kind == "csv":
            return csv_response(self.opts.model_name, self._lines(request, keys, columns))
        if len(keys) > MAX_IN_XLSX:
            told = _("XLSX holds at most %(limit)s rows here. Narrow the list, or choose CSV.")
            messages.warning(request, told % {"limit": f"{MAX_IN_XLSX:,}"})
            return None
        try:
            return xlsx_response(self.opts.model_name, **{_("Table"): self._lines(request, keys, columns)})
        except TooLongError:
            told = _("A text has more than the %(limit)s characters that a cell of XLSX holds. Choose CSV.")
            messages.warning(request, told % {"limit": f"{MAX_XLSX_CELL_LENGTH:,}"})
            return None

    def _lines(self, request, keys, columns):
        yield [str(column.title) for column in columns]
        for at in range(0, len(keys), BATCH):
            rows = self.get_queryset(request).prefetch_related(None).filter(pk__in=keys[at : at + BATCH]).order_by()
            by_key = {row.pk: row for row in self.with_export_columns(rows)}
            for key in keys[at : at + BATCH]:
                if key in by_key:
                    yield [column.written(by_key[key]) for column in columns]
