"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("email_address", TEXT, nullable=False),
        sa.Column("friendly_name", TEXT, nullable=False),
        sa.Column("parent_sid", TEXT, nullable=True),
        sa.Column("organization_sid", TEXT, nullable=True),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("auth_token", TEXT, nullable=False),
        sa.Column("password_hash", TEXT, nullable=True),
    )
    op.create_index("accounts_by_email", "accounts", ["email_address"], unique=True)
    op.create_index("accounts_by_parent", "accounts", ["parent_sid"])
    op.create_table(
        "announcements",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("gender", TEXT, nullable=False),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("file", TEXT, nullable=True),
    )
    op.create_index("announcements_by_account", "announcements", ["account_sid", "date_created", "id"])
    op.create_table(
        "applications",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("api_version", TEXT, nullable=False),
        sa.Column("friendly_name", TEXT, nullable=False),
        sa.Column("voice_caller_id_lookup", sa.Boolean, nullable=False),
        sa.Column("rcml_url", TEXT, nullable=True),
        sa.Column("kind", TEXT, nullable=True),
        sa.Column("voice_method", TEXT, nullable=False),
        sa.Column("voice_fallback_url", TEXT, nullable=True),
        sa.Column("voice_fallback_method", TEXT, nullable=False),
        sa.Column("status_callback", TEXT, nullable=True),
        sa.Column("status_callback_method", TEXT, nullable=False),
        sa.Column("sms_url", TEXT, nullable=True),
        sa.Column("sms_method", TEXT, nullable=False),
        sa.Column("sms_fallback_url", TEXT, nullable=True),
        sa.Column("sms_fallback_method", TEXT, nullable=False),
        sa.Column("sms_status_callback", TEXT, nullable=True),
    )
    op.create_index("applications_by_account", "applications", ["account_sid", "date_created", "id"])
    op.create_table(
        "available_numbers",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("phone_number", TEXT, nullable=False),
        sa.Column("national", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("iso_country", TEXT, nullable=False),
        sa.Column("friendly_name", TEXT, nullable=True),
        sa.Column("area_code", TEXT, nullable=True),
        sa.Column("lata", TEXT, nullable=True),
        sa.Column("rate_center", TEXT, nullable=True),
        sa.Column("latitude", TEXT, nullable=True),
        sa.Column("longitude", TEXT, nullable=True),
        sa.Column("region", TEXT, nullable=True),
        sa.Column("postal_code", TEXT, nullable=True),
        sa.Column("cost", TEXT, nullable=True),
        sa.Column("voice_capable", sa.Boolean, nullable=True),
        sa.Column("sms_capable", sa.Boolean, nullable=True),
        sa.Column("mms_capable", sa.Boolean, nullable=True),
        sa.Column("fax_capable", sa.Boolean, nullable=True),
        sa.Column("ussd_capable", sa.Boolean, nullable=True),
    )
    op.create_index("available_numbers_by_area", "available_numbers", ["iso_country", "kind", "area_code", "id"])
    op.create_index("available_numbers_by_kind", "available_numbers", ["iso_country", "kind", "id"])
    op.create_index("available_numbers_by_number", "available_numbers", ["phone_number"], unique=True)
    op.create_table(
        "calls",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("parent_call_sid", TEXT, nullable=True),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("to", TEXT, nullable=False),
        sa.Column("from", TEXT, nullable=False),
        sa.Column("phone_number_sid", TEXT, nullable=True),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("start_time", sa.BigInteger, nullable=True),
        sa.Column("end_time", sa.BigInteger, nullable=True),
        sa.Column("duration", sa.BigInteger, nullable=True),
        sa.Column("price", TEXT, nullable=True),
        sa.Column("direction", TEXT, nullable=False),
        sa.Column("answered_by", TEXT, nullable=True),
        sa.Column("api_version", TEXT, nullable=False),
        sa.Column("forwarded_from", TEXT, nullable=True),
        sa.Column("caller_name", TEXT, nullable=True),
        sa.Column("ring_duration", sa.BigInteger, nullable=True),
        sa.Column("price_unit", TEXT, nullable=False),
        sa.Column("instance_sid", TEXT, nullable=True),
        sa.Column("conference_sid", TEXT, nullable=True),
        sa.Column("muted", sa.Boolean, nullable=True),
        sa.Column("on_hold", sa.Boolean, nullable=True),
        sa.Column("start_conference_on_enter", sa.Boolean, nullable=True),
        sa.Column("end_conference_on_exit", sa.Boolean, nullable=True),
        sa.Column("sip_call_id", TEXT, nullable=True),
    )
    op.create_index("calls_by_account", "calls", ["account_sid", "date_created", "id"])
    op.create_index(
        "calls_by_conference",
        "calls",
        ["conference_sid", "date_created", "id"],
        sqlite_where=sa.text("conference_sid IS NOT NULL"),
        postgresql_where=sa.text("conference_sid IS NOT NULL"),
    )
    op.create_index("calls_by_date", "calls", ["date_created", "id"])
    op.create_index("calls_by_from", "calls", ["account_sid", "from", "date_created", "id"])
    op.create_index(
        "calls_by_parent",
        "calls",
        ["parent_call_sid", "date_created", "id"],
        sqlite_where=sa.text("parent_call_sid IS NOT NULL"),
        postgresql_where=sa.text("parent_call_sid IS NOT NULL"),
    )
    op.create_index("calls_by_status", "calls", ["account_sid", "status", "date_created", "id"])
    op.create_index("calls_by_to", "calls", ["account_sid", "to", "date_created", "id"])
    op.create_index(
        "calls_open",
        "calls",
        ["date_created", "id"],
        sqlite_where=sa.text("end_time IS NULL"),
        postgresql_where=sa.text("end_time IS NULL"),
    )
    op.create_table(
        "clients",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("api_version", TEXT, nullable=False),
        sa.Column("friendly_name", TEXT, nullable=False),
        sa.Column("login", TEXT, nullable=False),
        sa.Column("password", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("voice_url", TEXT, nullable=True),
        sa.Column("voice_method", TEXT, nullable=False),
        sa.Column("voice_fallback_url", TEXT, nullable=True),
        sa.Column("voice_fallback_method", TEXT, nullable=False),
        sa.Column("voice_application_sid", TEXT, nullable=True),
        sa.Column("status_callback", TEXT, nullable=True),
        sa.Column("status_callback_method", TEXT, nullable=False),
        sa.Column("push_client_identity", TEXT, nullable=True),
    )
    op.create_index("clients_by_account", "clients", ["account_sid", "date_created", "id"])
    op.create_index("clients_by_login", "clients", ["login"], unique=True)
    op.create_table(
        "conferences",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("api_version", TEXT, nullable=False),
        sa.Column("friendly_name", TEXT, nullable=False),
        sa.Column("region", TEXT, nullable=True),
        sa.Column("instance_sid", TEXT, nullable=True),
    )
    op.create_index("conferences_by_account", "conferences", ["account_sid", "date_created", "id"])
    op.create_index("conferences_by_name", "conferences", ["account_sid", "friendly_name", "date_created", "id"])
    op.create_index("conferences_by_status", "conferences", ["account_sid", "status", "date_created", "id"])
    op.create_table(
        "counts",
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("account_sid", TEXT, primary_key=True),
        sa.Column("key1", TEXT, primary_key=True),
        sa.Column("key2", TEXT, primary_key=True),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "facts",
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("value", TEXT, nullable=False),
    )
    op.create_table(
        "gateways",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("account_sid", TEXT, nullable=True),
        sa.Column("friendly_name", TEXT, nullable=False),
        sa.Column("user_name", TEXT, nullable=False),
        sa.Column("password", TEXT, nullable=False),
        sa.Column("proxy", TEXT, nullable=False),
        sa.Column("register", sa.Boolean, nullable=False),
        sa.Column("time_to_live", sa.BigInteger, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("state_changed", sa.BigInteger, nullable=True),
    )
    op.create_index("gateways_by_date", "gateways", ["date_created", "id"])
    op.create_table(
        "idempotency_keys",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("status", sa.BigInteger, nullable=True),
        sa.Column("content_type", TEXT, nullable=True),
        sa.Column("body", TEXT, nullable=True),
    )
    op.create_index("idempotency_keys_by_date", "idempotency_keys", ["date_created"])
    op.create_table(
        "messages",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("date_sent", sa.BigInteger, nullable=True),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("from", TEXT, nullable=False),
        sa.Column("to", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("direction", TEXT, nullable=False),
        sa.Column("price", TEXT, nullable=True),
        sa.Column("price_unit", TEXT, nullable=False),
        sa.Column("api_version", TEXT, nullable=False),
        sa.Column("error_code", sa.BigInteger, nullable=True),
        sa.Column("error_message", TEXT, nullable=True),
        sa.Column("encoding", TEXT, nullable=True),
        sa.Column("num_segments", sa.BigInteger, nullable=True),
        sa.Column("status_callback", TEXT, nullable=True),
        sa.Column("status_callback_method", TEXT, nullable=True),
        sa.Column("call_sid", TEXT, nullable=True),
        sa.Column("headers", TEXT, nullable=False),
        sa.Column("carrier", TEXT, nullable=True),
        sa.Column("carrier_id", TEXT, nullable=True),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("next_attempt", sa.BigInteger, nullable=True),
    )
    op.create_index("messages_by_account", "messages", ["account_sid", "date_created", "id"])
    op.create_index(
        "messages_by_carrier_id",
        "messages",
        ["carrier_id"],
        sqlite_where=sa.text("carrier_id IS NOT NULL"),
        postgresql_where=sa.text("carrier_id IS NOT NULL"),
    )
    op.create_index("messages_by_from", "messages", ["account_sid", "from", "date_created", "id"])
    op.create_index(
        "messages_by_next_attempt",
        "messages",
        ["next_attempt"],
        sqlite_where=sa.text("next_attempt IS NOT NULL"),
        postgresql_where=sa.text("next_attempt IS NOT NULL"),
    )
    op.create_index("messages_by_status", "messages", ["account_sid", "status", "date_created", "id"])
    op.create_index("messages_by_to", "messages", ["account_sid", "to", "date_created", "id"])
    op.create_table(
        "notifications",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("call_sid", TEXT, nullable=True),
        sa.Column("message_sid", TEXT, nullable=True),
        sa.Column("api_version", TEXT, nullable=False),
        sa.Column("log", sa.BigInteger, nullable=False),
        sa.Column("error_code", sa.BigInteger, nullable=False),
        sa.Column("more_info", TEXT, nullable=False),
        sa.Column("message_text", TEXT, nullable=False),
        sa.Column("message_date", sa.BigInteger, nullable=False),
        sa.Column("request_url", TEXT, nullable=False),
        sa.Column("request_method", TEXT, nullable=False),
        sa.Column("request_variables", TEXT, nullable=False),
        sa.Column("response_headers", TEXT, nullable=True),
        sa.Column("response_body", TEXT, nullable=True),
        sa.Column("line", sa.BigInteger, nullable=True),
        sa.Column("column", sa.BigInteger, nullable=True),
    )
    op.create_index("notifications_by_account", "notifications", ["account_sid", "date_created", "id"])
    op.create_index("notifications_by_call", "notifications", ["call_sid", "date_created", "id"])
    op.create_index("notifications_by_error_code", "notifications", ["account_sid", "error_code", "date_created", "id"])
    op.create_table(
        "numbers",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("friendly_name", TEXT, nullable=False),
        sa.Column("phone_number", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("pure_sip", sa.Boolean, nullable=False),
        sa.Column("api_version", TEXT, nullable=False),
        sa.Column("voice_caller_id_lookup", sa.Boolean, nullable=False),
        sa.Column("voice_url", TEXT, nullable=True),
        sa.Column("voice_method", TEXT, nullable=False),
        sa.Column("voice_fallback_url", TEXT, nullable=True),
        sa.Column("voice_fallback_method", TEXT, nullable=False),
        sa.Column("voice_application_sid", TEXT, nullable=True),
        sa.Column("status_callback", TEXT, nullable=True),
        sa.Column("status_callback_method", TEXT, nullable=False),
        sa.Column("sms_url", TEXT, nullable=True),
        sa.Column("sms_method", TEXT, nullable=False),
        sa.Column("sms_fallback_url", TEXT, nullable=True),
        sa.Column("sms_fallback_method", TEXT, nullable=False),
        sa.Column("sms_application_sid", TEXT, nullable=True),
        sa.Column("ussd_url", TEXT, nullable=True),
        sa.Column("ussd_method", TEXT, nullable=False),
        sa.Column("ussd_fallback_url", TEXT, nullable=True),
        sa.Column("ussd_fallback_method", TEXT, nullable=False),
        sa.Column("ussd_application_sid", TEXT, nullable=True),
        sa.Column("refer_url", TEXT, nullable=True),
        sa.Column("refer_method", TEXT, nullable=False),
        sa.Column("refer_application_sid", TEXT, nullable=True),
        sa.Column("voice_capable", sa.Boolean, nullable=True),
        sa.Column("sms_capable", sa.Boolean, nullable=True),
        sa.Column("mms_capable", sa.Boolean, nullable=True),
        sa.Column("fax_capable", sa.Boolean, nullable=True),
        sa.Column("ussd_capable", sa.Boolean, nullable=True),
        sa.Column("cost", TEXT, nullable=True),
        sa.Column("provider", TEXT, nullable=True),
    )
    op.create_index("numbers_by_account", "numbers", ["account_sid", "date_created", "id"])
    op.create_index("numbers_by_phone_number", "numbers", ["phone_number"], unique=True)
    op.create_table(
        "organizations",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("domain_name", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
    )
    op.create_index("organizations_by_domain", "organizations", ["domain_name"], unique=True)
    op.create_table(
        "outgoing_caller_ids",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("friendly_name", TEXT, nullable=False),
        sa.Column("phone_number", TEXT, nullable=False),
    )
    op.create_index("outgoing_caller_ids_by_account", "outgoing_caller_ids", ["account_sid", "date_created", "id"])
    op.create_table(
        "participants",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("conference_sid", TEXT, nullable=False),
        sa.Column("call_sid", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("muted", sa.Boolean, nullable=False),
        sa.Column("hold", sa.Boolean, nullable=False),
        sa.Column("start_conference_on_enter", sa.Boolean, nullable=False),
        sa.Column("end_conference_on_exit", sa.Boolean, nullable=False),
        sa.Column("label", TEXT, nullable=True),
    )
    op.create_index("participants_by_call", "participants", ["call_sid"])
    op.create_index("participants_by_conference", "participants", ["conference_sid", "date_created", "id"])
    op.create_table(
        "recordings",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("call_sid", TEXT, nullable=False),
        sa.Column("duration", sa.Double, nullable=True),
        sa.Column("api_version", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("channels", sa.BigInteger, nullable=False),
        sa.Column("source", TEXT, nullable=True),
        sa.Column("conference_sid", TEXT, nullable=True),
        sa.Column("size", sa.BigInteger, nullable=True),
        sa.Column("price", TEXT, nullable=True),
        sa.Column("price_unit", TEXT, nullable=False),
        sa.Column("s3_uri", TEXT, nullable=True),
        sa.Column("instance_sid", TEXT, nullable=True),
    )
    op.create_index("recordings_by_account", "recordings", ["account_sid", "date_created", "id"])
    op.create_index("recordings_by_call", "recordings", ["call_sid", "date_created", "id"])
    op.create_table(
        "registrations",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("client_sid", TEXT, nullable=False),
        sa.Column("login", TEXT, nullable=False),
        sa.Column("contact", TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("call_id", TEXT, nullable=False),
        sa.Column("cseq", sa.BigInteger, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("instance", TEXT, nullable=False),
        sa.Column("user_agent", TEXT, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("q", sa.Double, nullable=False),
        sa.Column("display_name", TEXT, nullable=False),
        sa.Column("node", TEXT, nullable=True),
    )
    op.create_index("registrations_by_account", "registrations", ["account_sid", "date_created", "id"])
    op.create_index("registrations_by_contact", "registrations", ["login", "contact"], unique=True)
    op.create_index("registrations_by_expiry", "registrations", ["expires_at"])
    op.create_table(
        "sandboxes",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("pin", TEXT, nullable=False),
        sa.Column("phone_number", TEXT, nullable=False),
        sa.Column("application_sid", TEXT, nullable=True),
        sa.Column("api_version", TEXT, nullable=False),
        sa.Column("voice_url", TEXT, nullable=True),
        sa.Column("voice_method", TEXT, nullable=False),
        sa.Column("sms_url", TEXT, nullable=True),
        sa.Column("sms_method", TEXT, nullable=False),
        sa.Column("status_callback", TEXT, nullable=True),
        sa.Column("status_callback_method", TEXT, nullable=False),
    )
    op.create_index("sandboxes_by_account", "sandboxes", ["account_sid"], unique=True)
    op.create_table(
        "transcriptions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("sid", TEXT, nullable=False, unique=True),
        sa.Column("date_created", sa.BigInteger, nullable=False),
        sa.Column("date_updated", sa.BigInteger, nullable=False),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("recording_sid", TEXT, nullable=False),
        sa.Column("call_sid", TEXT, nullable=True),
        sa.Column("duration", sa.Double, nullable=True),
        sa.Column("transcription_text", TEXT, nullable=True),
        sa.Column("price", TEXT, nullable=True),
        sa.Column("price_unit", TEXT, nullable=False),
        sa.Column("api_version", TEXT, nullable=False),
        sa.Column("language", TEXT, nullable=True),
        sa.Column("callback_url", TEXT, nullable=True),
    )
    op.create_index("transcriptions_by_account", "transcriptions", ["account_sid", "date_created", "id"])
    op.create_index("transcriptions_by_recording", "transcriptions", ["recording_sid"])
