"""MobileNet v2, and what such networks are described with."""
