"""Tests in real browsers, and what drives them."""
