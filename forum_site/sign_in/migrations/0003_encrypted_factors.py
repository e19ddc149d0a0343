from django.db import migrations

from forum_site.sign_in.encryption import decrypt, encrypt

SECRETS = ("secret", "seed")  # Of an app, and of recovery codes. A passkey has public keys alone.


def rewrite(apps, change):
    authenticators = apps.get_model("mfa", "Authenticator").objects
    for authenticator in authenticators.exclude(type="webauthn").iterator():
        for name in authenticator.data.keys() & set(SECRETS):
            authenticator.data[name] = change(authenticator.data[name])
        if "migrated_codes" in authenticator.data:
            authenticator.data["migrated_codes"] = [change(code) for code in authenticator.data["migrated_codes"]]
        authenticator.save(update_fields=["data"])


def encrypt_secrets(apps, schema_editor):
    rewrite(apps, encrypt)


def decrypt_secrets(apps, schema_editor):
    rewrite(apps, decrypt)


class Migration(migrations.Migration):
    dependencies = [("sign_in", "0002_accounts"), ("mfa", "0003_authenticator_type_uniq")]

    operations = [migrations.RunPython(encrypt_secrets, decrypt_secrets)]
