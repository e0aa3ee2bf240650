"""What makes a run impossible to analyse, without what it takes to analyse one."""


class CollectError(Exception):
    """A run cannot be analysed; the message says where and what to do."""
