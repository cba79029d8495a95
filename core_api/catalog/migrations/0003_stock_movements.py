import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


def move_content_type(origin, target):
    """Give the existing content type row to the other app.

    Permissions of groups and users point to this row, so they survive. In a new database there is
    no row yet: Django creates it after the migrations.
    """
    def move(apps, schema_editor):
        content_types = apps.get_model('contenttypes', 'ContentType').objects
        rows = content_types.using(schema_editor.connection.alias)
        rows.filter(app_label=origin, model='stockmovement').update(app_label=target)

    return move


class Migration(migrations.Migration):
    """The model StockMovement comes from the app orders; its table stays as it is."""

    dependencies = [
        ('catalog', '0002_names_are_one_line'),
        ('orders', '0002_stock_movements_belong_to_catalog'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='StockMovement',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('delta', models.IntegerField()),
                        ('reason', models.CharField(choices=[('initial', 'Initial'), ('order', 'Order'), ('count', 'counted by staff'), ('import', 'Import')], max_length=10)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('order', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='orders.order')),
                        ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='catalog.product')),
                    ],
                    options={
                        'db_table': 'orders_stockmovement',
                        'ordering': ['-id'],
                    },
                ),
            ],
        ),
        migrations.RunPython(
            move_content_type('orders', 'catalog'), move_content_type('catalog', 'orders')
        ),
    ]
