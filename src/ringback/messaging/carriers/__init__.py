"""Carriers of messages, one file each: see `ringback.messaging.carrier`. There is none yet."""
