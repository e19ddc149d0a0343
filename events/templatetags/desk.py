from django import template

from events.models import Event

register = template.Library()


@register.inclusion_tag("admin/events/_desk.html", takes_context=True)
def desk(context):
    """What an editor needs first: a new event, what the public does not see yet, what comes up."""
    user = context["request"].user
    if not user.has_perm("events.view_event") and not user.has_perm("events.change_event"):
        return {"allowed": False}
    return {
        "allowed": True,
        "may_add_event": user.has_perm("events.add_event"),
        "may_add_organization": user.has_perm("organizations.add_organization"),
        "hidden": Event.objects.hidden().on_desk().order_by("-updated_at")[:8],
        "upcoming": Event.objects.published().upcoming()[:5],
        "latest": Event.objects.published().past()[:5],
    }
