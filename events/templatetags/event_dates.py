from django import template

from events import dates

register = template.Library()

for tag in (dates.days, dates.weekday, dates.hours):
    register.simple_tag(tag)
for each in (dates.clock, dates.how_far_off):
    register.filter(each)
