"""What the laboratory asks of the shop beside the load."""

from lab.workload import shop
from lab.workload.http_client import Unanswered

REPORT = {"method": "POST", "path": "/api/reports/", "body": {}, "headers": {}}


def test_a_report_that_a_busy_system_does_not_answer_is_asked_for_again():
    class Lab:
        answers = ["first", None, "second"]

        def request_ok(self, *request):
            if (number := self.answers.pop(0)) is None:
                raise Unanswered("503: the database does not answer", "try again")
            return {"id": number}

    jobs = []

    shop.request_reports(Lab(), REPORT, 2, jobs)

    assert jobs == ["first", "second"]
