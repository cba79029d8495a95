import pytest

pytestmark = pytest.mark.django_db
MEGABYTE = 1024 * 1024


def declare(client, address, length, content_type="application/json"):
    return client.generic("POST", address, b"{}", content_type, CONTENT_LENGTH=length)


@pytest.mark.parametrize(
    ("address", "length"),
    [
        *(
            (address, MEGABYTE + 1)
            for address in ("/api/token/", "/api/orders/", "/admin/login/", "/api/login/")
        ),
        ("/api/imports/", 11 * MEGABYTE),
        ("/api/orders/", 2**31),
        ("/api/orders/", 10**30),
    ],
)
def test_a_body_that_is_too_large_by_its_own_account_is_413(client, address, length):
    answer = declare(client, address, str(length))

    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


@pytest.mark.parametrize("address", ["/api/imports/", "/api/orders/", "/admin/login/"])
@pytest.mark.parametrize("length", ["abc", "1e3", "\xb2", "9" * 5000])
def test_a_length_that_is_no_number_is_400(client, address, length):
    answer = declare(client, address, length)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
