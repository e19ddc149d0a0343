from django.conf import settings


def client_address(request):
    """Return where a request comes from; what a proxy of ours did not add is not believed."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
