import signal

from django.core.management.base import BaseCommand

from chassis.watchdog import WatchedEvent
from core_api.operations import relay


class Command(BaseCommand):
    help = "Delivers events and new jobs to the broker, until SIGTERM."

    def handle(self, **options):
        stopping = WatchedEvent()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        relay.run(stopping)
