from django import template

from events.admin.dashboard import Dashboard

register = template.Library()


@register.inclusion_tag("admin/events/_desk.html", takes_context=True)
def desk(context):
    """What this person has to do, by what they may see."""
    return {"desk": Dashboard(context["request"].user)}
