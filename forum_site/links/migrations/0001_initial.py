import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='CheckedLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.TextField(verbose_name='address')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('status', models.PositiveSmallIntegerField(null=True, verbose_name='status')),
                ('told', models.CharField(blank=True, max_length=300, verbose_name='what is wrong')),
                ('is_gone', models.BooleanField(default=False)),
                ('first_failed_at', models.DateTimeField(null=True, verbose_name='failing since')),
                ('checked_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='last asked')),
            ],
            options={
                'verbose_name': 'broken link',
                'verbose_name_plural': 'broken links',
                'indexes': [models.Index(condition=models.Q(('first_failed_at__isnull', False)), fields=['-first_failed_at', 'id'], name='links_checkedlink_failed')],
            },
        ),
        migrations.CreateModel(
            name='LinkPlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model', models.CharField(max_length=100)),
                ('row', models.BigIntegerField()),
                ('field', models.CharField(max_length=100)),
                ('written', models.TextField()),
                ('link', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='places', to='links.checkedlink')),
            ],
            options={
                'verbose_name': 'place of a link',
                'verbose_name_plural': 'places of links',
            },
        ),
    ]
