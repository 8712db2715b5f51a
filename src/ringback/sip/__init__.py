"""Signalling: SIP as pure objects; only the net folder opens sockets or waits."""
