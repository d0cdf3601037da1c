"""The connectivity test: what is checked, how it is asked, how it is shown."""
