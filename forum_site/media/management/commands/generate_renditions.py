import time

from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand

from forum_site.core.text.plain import for_terminal
from forum_site.media import renditions
from forum_site.media.fields import PictureField


def picture_fields():
    for model in apps.get_models():
        for field in model._meta.fields:
            if isinstance(field, PictureField):
                yield model, field.attname


class Command(BaseCommand):
    help = "Makes the renditions of pictures that are missing; those stored by an older release get a new name first."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="Tell what would be made, and make nothing.")

    def handle(self, *args, dry_run, **options):
        self.told_at = time.monotonic()
        made = renamed = missing = 0
        for model, field in picture_fields():
            rows = model._base_manager.exclude(**{field: ""}).order_by("pk").only("pk", field)
            for number, row in enumerate(rows.iterator(chunk_size=500), start=1):
                file = getattr(row, field)
                if not default_storage.exists(file.name):
                    missing += 1
                    self.stderr.write(f"{model._meta.label} {row.pk}: {for_terminal(file.name)} is missing.")
                    continue
                if file.stored is None:
                    renamed += 1
                    if not dry_run:
                        rename(model, row, field)
                stored = file.stored
                if stored:
                    made += len(stored.missing()) if dry_run else renditions.make(stored.name)
                self.tell(f"{model._meta.label}: {number} looked at")
        verb = "would be" if dry_run else "were"
        self.stdout.write(f"{made} renditions {verb} made, {renamed} pictures {verb} renamed, {missing} are missing.")

    def tell(self, line):
        if time.monotonic() - self.told_at > 2:
            self.told_at = time.monotonic()
            self.stdout.write(f"{line} …")


def rename(model, row, field):
    """Store the picture once more under a name that tells its size. The old file stays: history may name it."""
    file = getattr(row, field)
    former = file.name
    with default_storage.open(former) as content:
        file.save(former, content, save=False)
    # Only if nobody has put another picture there meanwhile.
    model._base_manager.filter(pk=row.pk, **{field: former}).update(**{field: file.name})
