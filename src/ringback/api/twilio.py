"""Twilio's dialect: what its clients expect of a list."""

from typing import Any

from ringback.api.page import Page


def envelope(page: Page) -> dict[str, Any]:
    """The keys beside the items of a list. Its clients follow ``next_page_uri`` until that is null."""
    return {
        "page": page.wanted.page,
        "page_size": page.wanted.size,
        "start": page.wanted.offset,
        "end": max(page.wanted.offset, page.wanted.offset + len(page.items) - 1),
        "total": page.total,
        "num_pages": page.pages,
        "uri": page.link(page.wanted.page) or page.path,
        "first_page_uri": page.link(0),
        "previous_page_uri": page.link(page.wanted.page - 1),
        "next_page_uri": page.link(page.wanted.page + 1),
        "last_page_uri": page.link(max(0, page.pages - 1)),
    }
