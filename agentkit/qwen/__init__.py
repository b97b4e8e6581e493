"""Qwen3.5's wire format: messages to segments, text to events. Knows no types, does no I/O."""
