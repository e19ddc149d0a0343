from django import template

from events.admin.dashboard import Dashboard

register = template.Library()


@register.inclusion_tag("admin/events/_dashboard.html", takes_context=True)
def dashboard(context):
    """What this person has to do, by what they may see."""
    return {"dashboard": Dashboard(context["request"].user)}
