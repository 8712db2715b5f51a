"""What the REST API is measured against: bare ASGI, and the same resource in FastAPI with SQLAlchemy's ORM."""
