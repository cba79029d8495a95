import signal
import threading

from django.core.management.base import BaseCommand

from core_api.catalog import lease
from core_api.operations import relay


class Command(BaseCommand):
    help = "Delivers events and new jobs to the broker, and keeps the cache valid, until SIGTERM."

    def handle(self, **options):
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        threading.Thread(target=lease.keep, args=[stopping], daemon=True).start()
        relay.run(stopping)
