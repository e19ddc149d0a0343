import re

import pytest
from django.middleware.csrf import rotate_token
from django.test import Client

BROKEN = b"""--odd\r
Content-Disposition: form-data; name="a"; filename="a"\r
Content-Transfer-Encoding: base64\r
\r
\x00\r
--odd--\r
"""


def test_broken_form_to_where_there_is_no_page_is_no_error_of_ours(db):
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "a" * 32
    answer = client.post("/no-such-page/", BROKEN, content_type="multipart/form-data; boundary=odd")
    assert answer.status_code == 404
    assert b"There is no page here" in answer.content


def test_what_is_not_open_is_told(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("nobody", is_staff=True))
    answer = client.get("/admin/auth/user/")
    assert answer.status_code == 403
    assert b"This page is not open to you" in answer.content


@pytest.mark.parametrize(
    ("address", "is_kept"), [("/admin/events/tag/add/?_popup=1", True), ("/account/password/", False)]
)
def test_form_of_before_another_login_is_told_apart_from_a_missing_right(client, editor, address, is_kept):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    page = client.get(address)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[1]
    rotate_token(page.wsgi_request)  # As a login in another tab does.
    client.cookies["csrftoken"] = page.wsgi_request.META["CSRF_COOKIE"]
    answer = client.post(address, {"name": "Ports", "csrfmiddlewaretoken": token})
    text = answer.content.decode()
    assert answer.status_code == 403
    assert '<h1 class="error-page__heading">You logged out or logged in again</h1>' in text
    assert "a right that your account does not have" not in text
    assert f'<a href="{address}">Open the form again</a>' in text
    assert ("your text was saved in this browser" in text) == is_kept
    token = re.search(r'value="(\w+)"', client.get(address).content.decode())[1]
    assert client.post(address, {"name": "Ports", "csrfmiddlewaretoken": token}).status_code != 403


@pytest.mark.parametrize("method", ["get", "post"])
def test_form_sent_after_the_end_of_the_session_is_told(client, db, method):
    response = getattr(client, method)("/admin/events/tag/add/", follow=True)
    assert response.redirect_chain[-1][0] == "/account/sign-in/?next=/admin/events/tag/add/"
    told = "Your session has ended, so nothing was saved." in response.content.decode()
    assert told == (method == "post")


def test_logout_after_the_end_of_the_session_is_no_lost_form(client, db):
    response = client.post("/admin/logout/", follow=True)
    assert "Your session has ended" not in response.content.decode()
