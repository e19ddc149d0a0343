"""Sessions in the database, which end after some hours without a request, and a day after the login in any case.

NIST SP 800-63B-4 names 24 hours as the longest time between two logins with a second factor (AAL2).
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

LOGGED_IN_AT = "logged_in_at"
RENEWAL = timedelta(minutes=10)  # A session in use is written this often, not at each request.


def note_login(request, **kwargs):
    request.session[LOGGED_IN_AT] = int(timezone.now().timestamp())


class SessionStore(db.SessionStore):
    def load(self):
        row = self._get_session_from_db()
        data = self.decode(row.session_data) if row else {}
        if SESSION_KEY in data and self._end_of(data) - row.expire_date > RENEWAL:
            self.modified = True  # So that Django's middleware saves it with a new date.
        return data

    def get_expiry_date(self, **kwargs):
        return min(super().get_expiry_date(**kwargs), self._end_of(self._session))

    def get_expiry_age(self, **kwargs):
        left = self._end_of(self._session) - timezone.now()
        return min(super().get_expiry_age(**kwargs), max(0, int(left.total_seconds())))

    def _end_of(self, data):
        end = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        if LOGGED_IN_AT in data:
            began = datetime.fromtimestamp(data[LOGGED_IN_AT], UTC)
            end = min(end, began + timedelta(seconds=settings.SESSION_LONGEST_AGE))
        return end

    def cycle_key(self):
        """Keep the list of sessions in step: whoever renews a key, Django's own views included, does not know of it."""
        from allauth.usersessions.models import UserSession  # The store is read before the models are.

        key = self.session_key
        super().cycle_key()
        if key:
            UserSession.objects.filter(session_key=key).update(session_key=self.session_key)
