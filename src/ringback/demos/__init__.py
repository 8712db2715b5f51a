"""What Ringback brings along for a first try: demo documents, sounds and music, served under /restcomm/."""
