from django.db import migrations

ADDITION, DELETION = 1, 3  # As django.contrib.admin notes them.


def tell_by_the_log(apps, schema_editor):
    """Of what is not published yet, the log of the admin knows who entered it and who changed it last."""
    alias = schema_editor.connection.alias
    Event = apps.get_model("events", "Event")
    entries = apps.get_model("admin", "LogEntry").objects.using(alias)
    entries = entries.filter(content_type__app_label="events", content_type__model="event")
    unpublished = Event.objects.using(alias).filter(publication__in=["draft", "in_review"])
    keys = list(unpublished.values_list("pk", flat=True))
    for start in range(0, len(keys), 500):
        found = {}
        of_these = entries.filter(object_id__in=[str(key) for key in keys[start : start + 500]])
        columns = of_these.exclude(action_flag=DELETION).order_by("action_time", "pk")
        for key, person, action in columns.values_list("object_id", "user_id", "action_flag"):
            whose = found.setdefault(key, {})
            whose["changed_by"] = person
            if action == ADDITION:
                whose["entered_by"] = person
        for key, whose in found.items():
            Event.objects.using(alias).filter(pk=key).update(**whose)


class Migration(migrations.Migration):
    dependencies = [("events", "0017_desk"), ("admin", "0003_logentry_add_action_flag_choices")]

    operations = [migrations.RunPython(tell_by_the_log, migrations.RunPython.noop)]
