"""Charts as files: HTML and CSV by ourselves, SVG and PNG by headless Chromium."""
