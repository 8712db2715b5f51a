"""Sound: RTP streams as rows of arrays, advanced every 20 ms."""
