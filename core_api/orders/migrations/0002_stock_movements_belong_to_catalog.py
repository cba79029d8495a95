from django.db import migrations


class Migration(migrations.Migration):
    """The model StockMovement moves to the app catalog; its table stays as it is."""

    dependencies = [
        ('orders', '0001_initial'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name='StockMovement')],
        ),
    ]
