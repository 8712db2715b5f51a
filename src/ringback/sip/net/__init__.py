"""The sockets of SIP: bytes in, bytes out."""
