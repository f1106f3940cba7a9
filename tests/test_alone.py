"""No test asks another machine for something: `alone` of conftest.py."""

import socket
import urllib.request

import pytest


@pytest.mark.parametrize("host", ["example.org", "192.0.2.1", "2001:db8::1"])
def test_another_machine_is_not_asked(host):
    with pytest.raises(pytest.fail.Exception, match=host):
        socket.create_connection((host, 80), timeout=1)


def test_nor_is_one_by_those_who_expect_no_answer():
    with pytest.raises(pytest.fail.Exception, match=r"example\.org"):
        urllib.request.urlopen("https://example.org/", timeout=1)
    with (
        socket.socket() as asking,
        pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"),
    ):
        asking.connect_ex(("192.0.2.1", 80))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is(host):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1])).close()
