"""The twin: calls and applications as FastAPI, pydantic and SQLAlchemy's async ORM are usually put together.

JSON alone, with HTTP Basic against the accounts' table, true totals, the same properties, and the same durability:
SQLite with a write-ahead log and synchronous=FULL, each create committed before it is answered.

``TWIN_FOLDER`` names the folder of its database, ``TWIN_CALLS`` how many calls it begins with.
"""

import hmac
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Form, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, event, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ACCOUNT = "ACae6e420f425248d6a26948c17a9e2acf"
TOKEN = "77f8c12cc7b8f8423e5c38b035249166"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

engine = create_async_engine(f"sqlite+aiosqlite:///{os.environ['TWIN_FOLDER']}/twin.db")
make_session = async_sessionmaker(engine, expire_on_commit=False)


@event.listens_for(engine.sync_engine, "connect")
def _as_durable(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"
    sid: Mapped[str] = mapped_column(primary_key=True)
    auth_token: Mapped[str]
    status: Mapped[str] = mapped_column(default="active")


class Call(Base):
    __tablename__ = "calls"
    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(unique=True)
    date_created: Mapped[datetime] = mapped_column(index=True)
    date_updated: Mapped[datetime]
    parent_call_sid: Mapped[str | None]
    account_sid: Mapped[str] = mapped_column(ForeignKey("accounts.sid"), index=True)
    to: Mapped[str]
    from_: Mapped[str]
    phone_number_sid: Mapped[str | None]
    status: Mapped[str]
    start_time: Mapped[datetime | None]
    end_time: Mapped[datetime | None]
    duration: Mapped[int | None]
    price: Mapped[str | None]
    direction: Mapped[str]
    answered_by: Mapped[str | None]
    api_version: Mapped[str] = mapped_column(default="2012-04-24")
    forwarded_from: Mapped[str | None]
    caller_name: Mapped[str | None]


class Application(Base):
    __tablename__ = "applications"
    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(unique=True)
    date_created: Mapped[datetime]
    date_updated: Mapped[datetime]
    account_sid: Mapped[str] = mapped_column(ForeignKey("accounts.sid"), index=True)
    friendly_name: Mapped[str]
    api_version: Mapped[str] = mapped_column(default="2012-04-24")
    voice_caller_id_lookup: Mapped[bool] = mapped_column(default=False)
    rcml_url: Mapped[str | None]
    kind: Mapped[str | None]


class CallShown(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    sid: str
    date_created: datetime
    date_updated: datetime
    parent_call_sid: str | None
    account_sid: str
    to: str
    from_: str
    phone_number_sid: str | None
    status: str
    start_time: datetime | None
    end_time: datetime | None
    duration: int | None
    price: str | None
    direction: str
    answered_by: str | None
    api_version: str
    forwarded_from: str | None
    caller_name: str | None


class CallsShown(BaseModel):
    page: int
    page_size: int
    total: int
    calls: list[CallShown]


class ApplicationShown(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    sid: str
    date_created: datetime
    date_updated: datetime
    account_sid: str
    friendly_name: str
    api_version: str
    voice_caller_id_lookup: bool
    rcml_url: str | None
    kind: str | None


def _call(number: int) -> Call:
    moment = BEGIN + timedelta(seconds=number)
    return Call(
        sid=f"CA{number:032x}",
        date_created=moment,
        date_updated=moment,
        account_sid=ACCOUNT,
        to=f"+1415555{number % 10_000:04d}",
        from_="alice",
        status="completed",
        start_time=moment,
        end_time=moment + timedelta(seconds=60),
        duration=60,
        price="0.00",
        direction="inbound",
    )


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with make_session() as session:
        session.add(Account(sid=ACCOUNT, auth_token=TOKEN))
        session.add_all(_call(number) for number in range(int(os.environ["TWIN_CALLS"])))
        await session.commit()
    yield
    await engine.dispose()


async def session_of_request() -> AsyncIterator[AsyncSession]:
    async with make_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(session_of_request)]


async def caller(given: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())], session: Session) -> Account:
    account = await session.get(Account, given.username)
    if account is None or not hmac.compare_digest(account.auth_token, given.password) or account.status != "active":
        raise HTTPException(401)
    return account


Caller = Annotated[Account, Depends(caller)]
app = FastAPI(lifespan=lifespan)
PLACE = "/restcomm/2012-04-24/Accounts/{account_sid}"


def _must_be(account: Account, sid: str) -> None:
    if account.sid != sid:
        raise HTTPException(403)


@app.get(PLACE + "/Calls.json")
async def calls(
    account_sid: str, account: Caller, session: Session, page: int = 0, page_size: int = 50, status: str | None = None
) -> CallsShown:
    _must_be(account, account_sid)
    where = [Call.account_sid == account_sid, *([Call.status == status] if status else [])]
    total = await session.scalar(select(func.count()).select_from(Call).where(*where))
    found = await session.scalars(
        select(Call).where(*where).order_by(Call.date_created.desc()).limit(page_size).offset(page * page_size)
    )
    items = [CallShown.model_validate(call) for call in found]
    return CallsShown(page=page, page_size=page_size, total=total or 0, calls=items)


@app.get(PLACE + "/Calls/{sid}.json")
async def call(account_sid: str, sid: str, account: Caller, session: Session) -> CallShown:
    _must_be(account, account_sid)
    found = await session.scalar(select(Call).where(Call.sid == sid, Call.account_sid == account_sid))
    if found is None:
        raise HTTPException(404)
    return CallShown.model_validate(found)


@app.post(PLACE + "/Applications.json")
async def create_application(
    account_sid: str,
    account: Caller,
    session: Session,
    FriendlyName: Annotated[str, Form(max_length=64)],
    RcmlUrl: Annotated[str | None, Form()] = None,
    VoiceCallerIdLookup: Annotated[bool, Form()] = False,
) -> ApplicationShown:
    _must_be(account, account_sid)
    now = datetime.now(UTC)
    made = Application(
        sid="AP" + uuid.uuid4().hex,
        date_created=now,
        date_updated=now,
        account_sid=account_sid,
        friendly_name=FriendlyName,
        rcml_url=RcmlUrl,
        voice_caller_id_lookup=VoiceCallerIdLookup,
    )
    session.add(made)
    await session.commit()
    return ApplicationShown.model_validate(made)
