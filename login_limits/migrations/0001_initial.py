"""FailedLogin moves here from the app accounts; its table stays as it is."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0002_failed_logins_move'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='FailedLogin',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('account', models.CharField(help_text='SHA-256 of the name that was tried.', max_length=64)),
                        ('address', models.CharField(help_text="The client's, as the load balancer says it.", max_length=45)),
                        ('at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                    ],
                    options={
                        'db_table': 'accounts_failedlogin',
                        'indexes': [models.Index(fields=['account', 'at'], name='accounts_fa_account_5be4c8_idx'), models.Index(fields=['address', 'at'], name='accounts_fa_address_50ca01_idx')],
                    },
                ),
            ],
        ),
    ]
