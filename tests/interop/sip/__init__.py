"""SIPp against our endpoint: each scenario is a file."""
