"""Coded notes become files and pages."""
