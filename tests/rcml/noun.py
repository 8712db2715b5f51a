"""A kind of tag that is no verb, for the tests of the grammar."""

from ringback.rcml.tag import Tag


class Noun(Tag):
    """Whatever the folder holds."""

    found_in = "tests.rcml.nouns"
