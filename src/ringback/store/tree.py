"""The tree of accounts: an account with all below it, in one query."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Text, bindparam, column, select, table

from ringback.store.prepared import Prepared

_ACCOUNTS = table("accounts", column("sid"), column("parent_sid"))


def accounts_of_tree(root: ColumnElement[str]) -> Select[Any]:
    """SIDs of the account ``root`` and of all accounts below it."""
    tree = select(_ACCOUNTS.c.sid).where(_ACCOUNTS.c.sid == root).cte("tree", recursive=True)
    below = select(_ACCOUNTS.c.sid).join(tree, _ACCOUNTS.c.parent_sid == tree.c.sid)
    return select(tree.union_all(below).c.sid)


#: SIDs of the account ``root`` and of all below it
TREE = Prepared(accounts_of_tree(bindparam("root", type_=Text())))
