from django import template

from forum_site.admin.change_log import values_of

register = template.Library()
register.filter("changed_values", values_of)
