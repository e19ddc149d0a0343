"""Middleware, security headers, static files, addresses of clients."""
