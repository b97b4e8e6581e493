"""Settings of the whole suite."""

from hypothesis import HealthCheck, settings

# A busy machine is no fault of the code: no example fails for the time it took.
settings.register_profile(
    "agentkit", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("agentkit")
