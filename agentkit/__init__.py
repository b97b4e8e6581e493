"""agentkit: small local Qwen3.5 models as agents that can be trusted with tools."""
