"""A form of the admin that is sent twice is one action: double clicks, Enter twice, Back and Save, proxies that retry.

Each page that holds a form has a token of its own: Django's CSRF token, which is masked anew for every page. The first
POST with a token stores a `Submission` in the transaction of what it does. A second POST with the same token and the
same content waits for the first one, does nothing, and gets the same response. A POST that was refused is not stored,
so that the form can be corrected and sent again. Other content is another action, such as Back, a new title and Save.
"""

import datetime
import hashlib
import json
from functools import wraps

from django.contrib import messages
from django.db import IntegrityError, models, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.middleware.csrf import CSRF_TOKEN_LENGTH
from django.utils.crypto import salted_hmac
from django.utils.safestring import SafeData, mark_safe
from django.utils.translation import gettext_lazy as _

# The second is set by static/admin/submit_once.js: the token of the page as it was asked for first, before Back.
TOKEN, FIRST_TOKEN = "csrfmiddlewaretoken", "_submission"
KEPT_FOR = datetime.timedelta(days=7)
# They change nothing, and may take long: no transaction is held for them.
READING_ACTIONS = {"export_csv", "export_xlsx"}


class SubmissionQuerySet(models.QuerySet):
    def expired(self, moment):
        return self.filter(created_at__lt=moment - KEPT_FOR)


class Submission(models.Model):
    """A form that was sent and accepted, with the response to repeat if it is sent again."""

    key = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    location = models.TextField()  # where the response redirects to; empty for a popup, which closes by its content
    content = models.TextField()
    messages = models.JSONField(default=list)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("form that was sent")
        verbose_name_plural = _("forms that were sent")

    def __str__(self):
        return self.key

    def keep(self, response, told):
        self.location = response.get("Location", "")
        self.content = "" if self.location else response.render().content.decode()
        self.messages = [
            [message.level, str(message.message), message.extra_tags, isinstance(message.message, SafeData)]
            for message in told
        ]
        self.save()

    def repeat(self, request):
        """Return the response of the first time, with its messages, unless these are still to be shown."""
        storage = messages.get_messages(request)
        pending = {str(message.message) for message in storage}
        storage.used = False
        for level, text, tags, is_safe in self.messages:
            if text not in pending:
                # Safe as it was when it was stored.
                messages.add_message(request, level, mark_safe(text) if is_safe else text, tags)  # noqa: S308
        return HttpResponseRedirect(self.location) if self.location else HttpResponse(self.content)


def once(view):
    """Wrap a view of the admin, so that it handles a form once, however often it is sent."""

    @wraps(view)
    def handle_once(request, *args, **kwargs):
        key = key_of(request)
        if key is None:
            return view(request, *args, **kwargs)
        try:
            return _handle(request, key, lambda: view(request, *args, **kwargs))
        except IntegrityError:
            # Found at the commit, when foreign keys are checked: what is in the way is there by now, so the view
            # finds it and says so in its form.
            queue_of(request).clear()
            for file in request.FILES.values():
                file.seek(0)
            return _handle(request, key, lambda: view(request, *args, **kwargs))

    return handle_once


def _handle(request, key, view):
    with transaction.atomic():
        # The unique key is the lock: whoever comes second waits here until the first one is committed.
        submission, is_first = Submission.objects.get_or_create(key=key)
        if not is_first:
            return submission.repeat(request)
        response = view()
        is_accepted = is_redirect(response) or is_popup_response(response)
        if is_accepted and all(message.level < messages.ERROR for message in queue_of(request)):
            submission.keep(response, queue_of(request))
        else:
            submission.delete()
    return response


def key_of(request):
    """Return what tells this submission from all others, or None where nothing marks it as one of a form."""
    token = request.POST.get(FIRST_TOKEN) or request.POST.get(TOKEN, "") if request.method == "POST" else ""
    # A shorter one is the secret of the session's cookie, which scripts send each time.
    if len(token) != CSRF_TOKEN_LENGTH or request.POST.get("action") in READING_ACTIONS:
        return None
    fields = [(name, values) for name, values in request.POST.lists() if name not in (TOKEN, FIRST_TOKEN)]
    files = [(name, file.name, digest_of(file)) for name, files in request.FILES.lists() for file in files]
    sent = json.dumps([request.user.pk, token, request.get_full_path(), sorted(fields), sorted(files)])
    # Keyed, since a form may hold a password.
    return salted_hmac("forum_site.admin.submissions", sent, algorithm="sha256").hexdigest()


def digest_of(file):
    content = hashlib.sha256()
    for chunk in file.chunks():
        content.update(chunk)
    file.seek(0)
    return content.hexdigest()


def is_redirect(response):
    return 300 <= response.status_code < 400


def is_popup_response(response):
    return "popup_response_data" in (getattr(response, "context_data", None) or {})


def queue_of(request):
    """Return the messages that this request has added so far; Django tells them from earlier ones only within."""
    return messages.get_messages(request)._queued_messages
