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
