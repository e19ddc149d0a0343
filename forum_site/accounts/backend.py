from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend
from django.contrib.auth import get_user_model


class AuthenticationBackend(AllauthBackend):
    def authenticate(self, request, **credentials):
        """Answer the right password of an inactive account as a wrong one. allauth has a page of its own for it."""
        user = super().authenticate(request, **credentials)
        if user is None:
            self.unstash_authenticated_user()
        return user

    def get_user(self, user_id):
        """Return the user with their account, which each request of theirs needs: see session_hash.py."""
        user = get_user_model()._default_manager.select_related("account").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
