from django.db import migrations

COLUMNS = [('category', 'name'), ('product', 'name'), ('product', 'description')]


def normalize(apps, schema_editor):
    """Rewrite what earlier versions stored. What has no visible name gets its number as a name."""
    alias = schema_editor.connection.alias
    if not apps.get_model('catalog', 'category').objects.using(alias).exists():
        return  # a new database
    from core_api.text import normal  # here: docs/take-it-with-you.md copies no core_api/text.py

    for model, column in COLUMNS:
        rows = apps.get_model('catalog', model).objects.using(alias)
        longest = rows.model._meta.get_field(column).max_length
        for pk, old in rows.values_list('pk', column).iterator():
            new = normal(normal(old)[:longest])
            if column == 'name' and not new:
                new = f'{model} {pk}'
            if model == 'category' and rows.filter(name=new).exclude(pk=pk).exists():
                new = f'{new[:80]} ({pk})'  # looks like another one: staff decide what to do
            if new != old:
                rows.filter(pk=pk).update(**{column: new})


def only_on_postgres(change):
    """Postgres checks what is written from now on. SQLite knows no normal form."""
    def execute(apps, schema_editor):
        if schema_editor.connection.vendor == 'postgresql':
            # A row that normalize() changed twice waits for the check of its foreign key.
            schema_editor.execute('SET CONSTRAINTS ALL IMMEDIATE')
            for model, column in COLUMNS:
                name = f'{model}_{column}_is_nfc'
                check = f' CHECK ({column} IS NFC NORMALIZED)' if change == 'ADD' else ''
                schema_editor.execute(
                    f'ALTER TABLE catalog_{model} {change} CONSTRAINT {name}{check}'
                )

    return execute


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0004_names_that_are_addresses'),
    ]

    operations = [
        migrations.RunPython(normalize, migrations.RunPython.noop),
        migrations.RunPython(only_on_postgres('ADD'), only_on_postgres('DROP')),
    ]
