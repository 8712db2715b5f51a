"""The two dialects: how each writes a date."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ringback.api.dialect import RESTCOMM, TWILIO


@pytest.mark.parametrize("microsecond", [0, 1, 999, 1000, 678_999, 999_999])
@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-6))])
def test_iso_with_milliseconds_and_offset(microsecond: int, zone: timezone) -> None:
    """Specification, table 4.13's sample: ``2013-10-18T04:51:47.671-06:00``."""
    for year in (1, 1969, 2026, 9999):
        moment = datetime(year, 2, 3, 4, 5, 6, microsecond, zone)

        assert RESTCOMM.moment(moment) == moment.isoformat(timespec="milliseconds")


def test_twilio_writes_dates_like_mail() -> None:
    assert TWILIO.moment(datetime(2026, 11, 24, 9, 5, 6, 7000, UTC)) == "Tue, 24 Nov 2026 09:05:06 +0000"
