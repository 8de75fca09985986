"""Mends: what is mechanical and certain, written as the smallest change of the file it stands in."""

from __future__ import annotations
