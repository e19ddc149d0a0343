"""The pages of the admin on which two organizations are merged, and on which that is undone."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forum_site.admin.base import OVERTAKEN, AutocompleteOne, ReadOnlyAdmin, SteadyAdmin
from forum_site.core.db.pagination import DeferredPaginator
from forum_site.core.fields.rich_text import RichTextField
from forum_site.core.text.plain import plain_text, shortened
from organizations.merge import CannotMergeError, Merge
from organizations.models import Organization, OrganizationMerge
from organizations.unmerge import undo

SHOWN = [*("name", "short_name", "language", "kind", "parent", "country", "city", "website", "logo", "about", "slug")]
MAX_SHOWN_LENGTH = 200  # characters


class MergeForm(forms.Form):
    keep = forms.ModelChoiceField(
        Organization.objects.all(),
        label=gettext_lazy("This one stays"),
        widget=AutocompleteOne(Organization.parent.field, admin.site),
    )
    give_up = forms.ModelChoiceField(
        Organization.objects.all(),
        label=gettext_lazy("Organization to merge"),
        widget=AutocompleteOne(Organization.parent.field, admin.site),
        help_text=gettext_lazy("Everything that refers to it will refer to the other one, and its URL will redirect."),
    )

    def clean(self):
        super().clean()
        if self.cleaned_data.get("keep") and self.cleaned_data["keep"] == self.cleaned_data.get("give_up"):
            self.add_error("give_up", _("This is the same organization. Choose the other one."))


def told(organization, name):
    """Return what stands in a field, as a person reads it."""
    field = Organization._meta.get_field(name)
    if field.choices:
        return getattr(organization, f"get_{name}_display")()
    value = getattr(organization, name)
    return shortened(plain_text(value), MAX_SHOWN_LENGTH) if isinstance(field, RichTextField) else value


class SideBySide:
    """What stands in a field of either organization, and whether the one that stays gets it from the other."""

    def __init__(self, merging, name):
        self.label = capfirst(Organization._meta.get_field(name).verbose_name)
        self.target, self.source = told(merging.target, name), told(merging.source, name)
        self.is_taken_over = name in merging.taken_over


class MergingAdmin:
    """For the ModelAdmin of organizations."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.merge_view)
        return [path("merge/", view, name="organizations_organization_merge"), *super().get_urls()]

    def has_merge_permission(self, request, *organizations):
        return all(
            self.has_delete_permission(request, each) and self.has_change_permission(request, each)
            for each in organizations or [None]
        )

    @admin.action(permissions=["merge"], description=gettext_lazy("Merge the two that are selected"))
    def merge(self, request, queryset):
        keys = list(queryset.order_by("pk").values_list("pk", flat=True)[:3])
        if len(keys) != 2:
            self.message_user(request, _("Select the two organizations to merge."), messages.WARNING)
            return None
        address = reverse("admin:organizations_organization_merge", query={"keep": keys[0], "give_up": keys[1]})
        return HttpResponseRedirect(address)

    def merge_view(self, request):
        if not self.has_merge_permission(request):
            raise PermissionDenied
        sent = request.POST if request.method == "POST" else request.GET
        is_complete = sent.get("keep") and sent.get("give_up")
        form = MergeForm(sent) if is_complete or request.method == "POST" else MergeForm(initial=self._initial(sent))
        merging = None
        if form.is_bound and form.is_valid():
            merging = Merge(source=form.cleaned_data["give_up"], target=form.cleaned_data["keep"])
            if not self.has_merge_permission(request, merging.source, merging.target):
                raise PermissionDenied
            if request.method == "POST" and self._merge(request, form, merging):
                address = reverse("admin:organizations_organization_change", args=[merging.target.pk])
                return HttpResponseRedirect(address)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Merge two organizations"),
            "opts": self.opts,
            "form": form,
            "media": self.media + form.media,
            "merging": merging,
            "side_by_side": merging and [SideBySide(merging, name) for name in SHOWN],
        }
        return TemplateResponse(request, "admin/organizations/merge.html", context)

    @staticmethod
    def _initial(sent):
        keys = {name: sent.get(name, "") for name in ("keep", "give_up")}
        return {name: key for name, key in keys.items() if key.isascii() and key.isdigit()}

    def _merge(self, request, form, merging):
        source_name = merging.source.name
        try:
            record = merging.save(request.user)
        except CannotMergeError as error:
            form.add_error(None, str(error))
            return False
        except IntegrityError:
            form.add_error(None, OVERTAKEN)
            return False
        self.log_change(request, merging.target, _("“%(source)s” was merged into it.") % {"source": source_name})
        undo_address = reverse("admin:organizations_organizationmerge_undo", args=[record.pk])
        self.message_user(
            request,
            format_html(
                _('“{}” was merged into “{}”. <a href="{}">This can be undone.</a>'),
                source_name,
                merging.target.name,
                undo_address,
            ),
            messages.SUCCESS,
        )
        return True


@admin.register(OrganizationMerge)
class OrganizationMergeAdmin(ReadOnlyAdmin, SteadyAdmin, admin.ModelAdmin):
    """The list of what was merged; each line leads to the page that undoes it."""

    list_display = ["undo_link", "target_name", "merged_by", "merged_at", "undone_at"]
    list_display_links = None
    list_select_related = ["merged_by"]
    list_per_page = 25
    show_full_result_count = False
    paginator = DeferredPaginator
    search_fields = ["source_name", "target_name"]
    actions = None

    def get_queryset(self, request):
        return super().get_queryset(request).defer("data")

    def get_urls(self):
        undo_view = self.admin_site.admin_view(self.undo_view)
        return [path("<int:pk>/undo/", undo_view, name="organizations_organizationmerge_undo"), *super().get_urls()]

    def has_view_permission(self, request, obj=None):
        return all(request.user.has_perm(f"organizations.{right}_organization") for right in ("delete", "change"))

    def may_undo(self, request, record):
        """Return whether who asks may change the organization that was kept, from which rows would be taken."""
        target = Organization.objects.filter(pk=record.target_key).first()
        return target is None or self.admin_site._registry[Organization].has_merge_permission(request, target)

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def change_view(self, request, object_id, *args, **kwargs):
        """All that there is to see of it stands on the page that undoes it."""
        record = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if record is None:
            return super().change_view(request, object_id, *args, **kwargs)
        return HttpResponseRedirect(reverse("admin:organizations_organizationmerge_undo", args=[record.pk]))

    @admin.display(description=gettext_lazy("merged organization"), ordering="source_name")
    def undo_link(self, record):
        address = reverse("admin:organizations_organizationmerge_undo", args=[record.pk])
        return format_html('<a href="{}">{}</a>', address, record.source_name)

    def undo_view(self, request, pk):
        if not self.has_view_permission(request):
            raise PermissionDenied
        record = get_object_or_404(OrganizationMerge.objects.select_related("merged_by", "undone_by"), pk=pk)
        problem = ""
        if request.method == "POST":
            if not self.may_undo(request, record):
                raise PermissionDenied
            try:
                source = undo(record, request.user)
            except (CannotMergeError, IntegrityError) as error:
                problem = str(error) if isinstance(error, CannotMergeError) else OVERTAKEN
            else:
                undone = _("Taken out of “%(target)s” again.") % {"target": record.target_name}
                self.log_addition(request, source, undone)
                self.message_user(request, _("“%(source)s” is back, as it was.") % {"source": source}, messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:organizations_organization_change", args=[source.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Undo a merging"),
            "opts": self.opts,
            "record": record,
            "problem": problem,
            "target": Organization.objects.filter(pk=record.target_key).first(),
            "numbers": {name: len(record.data[name]) for name in ("moved", "deleted", "taken")},
        }
        return TemplateResponse(request, "admin/organizations/undo_merge.html", context)
