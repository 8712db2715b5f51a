"""The collector of cyclic garbage, set for a server: rare and short, since each of its runs holds up every call.

Python counts references and frees nearly everything at once; the collector is for what refers to itself in a circle. As
Python sets it, it looks through all objects again and again while many calls are set up.
"""

import gc

#: objects made (less those freed) between two looks at the young ones; looks at the young ones to one at the
#: middle-aged; of those to one at all
_YOUNG, _MIDDLE, _ALL = 10_000, 5, 10


def settle() -> None:
    """What there is now (modules, classes, tables) lives as long as the process and is not looked at any more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _ALL)
