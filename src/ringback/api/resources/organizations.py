"""Organizations: domains that accounts belong to. Only the root account sees them all."""

import re

from ringback.api.answer import Answer
from ringback.api.asked import Asked
from ringback.api.dialect import Dialect
from ringback.api.filter import by
from ringback.api.permission import Deed, Who
from ringback.api.property import DATE_CREATED, DATE_UPDATED, SID, shown
from ringback.api.resource import Resource
from ringback.api.routes import Action, Route, Shows
from ringback.kernel.errors import BadParameter, Conflict
from ringback.store.organizations import OrganizationRecord

_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?")


class Organizations(Resource[OrganizationRecord]):
    """One is made with PUT, at its domain's name."""

    def routes(self, dialect: Dialect) -> list[Route]:
        made = Action(Deed.CREATE, self.target, self._answer_put, self.who, Shows.ONE, _DOMAIN)
        routes = super().routes(dialect)
        return [*routes, Route("Organizations/{sid}", {"PUT": made})] if routes else []

    async def _answer_put(self, asked: Asked) -> Answer:
        name = asked.names["sid"].lower()
        if _DOMAIN.fullmatch(name) is None:
            raise BadParameter([f"'{name}' is not a domain name: letters, digits, hyphens and dots, at most 255."])
        if await asked.house.store.organizations.first(domain_name=name) is not None:
            raise Conflict(f"There is an organization {name} already.")
        return self.show(await self.insert({"domain_name": name, "status": "active"}, asked), asked)


ORGANIZATIONS = Organizations(
    path="Organizations",
    element="Organization",
    prefix="OR",
    record=OrganizationRecord,
    rows=lambda store: store.organizations,
    below="",
    who=Who.OPERATOR,
    deeds=frozenset({"list", "read"}),
    properties=[SID, shown("DomainName"), shown("Status"), DATE_CREATED, DATE_UPDATED],
    filters=[by("Status", values=("active", "closed"))],
    description="Domains that accounts belong to. Only for the root account.",
)
