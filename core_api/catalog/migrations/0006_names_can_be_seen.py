from django.db import migrations

# A name has a character besides these: control characters, spaces, combining accents, and what
# core_api/text.py removes. This is a part of what normal() does not count as visible.
VISIBLE = (
    r'[^\u0001-\u0020\u007f-\u00a0\u00ad\u0300-\u036f\u061c\u115f\u1160\u1680\u17b4\u17b5'
    r'\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff'
    r'\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]'
)
MODELS = ['category', 'product']


def name_the_nameless(apps, schema_editor):
    """What has no visible name gets its number as a name, as in 0005."""
    for model in MODELS:
        rows = apps.get_model('catalog', model).objects.using(schema_editor.connection.alias)
        for row in rows.exclude(name__regex=VISIBLE).only('pk'):
            name = f'{model} {row.pk}'
            taken = model == 'category' and rows.filter(name=name).exists()
            rows.filter(pk=row.pk).update(name=f'{name} ({row.pk})' if taken else name)


def only_on_postgres(change):
    """Postgres checks what is written from now on. SQLite has no regular expressions."""
    def execute(apps, schema_editor):
        if schema_editor.connection.vendor == 'postgresql':
            for model in MODELS:
                change_table = f'ALTER TABLE catalog_{model} {change}'
                schema_editor.execute(change_table.format(name=f'{model}_name_is_visible'))

    return execute


# NOT VALID: the lock that stops the shop is held for a moment, and not while all rows are read.
add = only_on_postgres(f"ADD CONSTRAINT {{name}} CHECK (name ~ '{VISIBLE}') NOT VALID")
drop = only_on_postgres('DROP CONSTRAINT IF EXISTS {name}')
validate = only_on_postgres('VALIDATE CONSTRAINT {name}')


class Migration(migrations.Migration):
    atomic = False  # each statement is a transaction: none holds a lock while the next one works

    dependencies = [
        ('catalog', '0005_text_is_normal'),
    ]

    operations = [
        migrations.RunPython(name_the_nameless, migrations.RunPython.noop),
        migrations.RunPython(drop, migrations.RunPython.noop),  # of an attempt that failed
        migrations.RunPython(add, drop),
        migrations.RunPython(name_the_nameless, migrations.RunPython.noop),  # written meanwhile
        migrations.RunPython(validate, migrations.RunPython.noop),
    ]
