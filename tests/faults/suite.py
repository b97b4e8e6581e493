"""All cases by the failure mode they show."""

import cases_of_connections
import cases_of_doubt
import cases_of_ends
import cases_of_histories
import cases_of_models
import cases_of_servers

SUITE = {
    **cases_of_servers.CASES,
    **cases_of_connections.CASES,
    **cases_of_models.CASES,
    **cases_of_histories.CASES,
    **cases_of_doubt.CASES,
    **cases_of_ends.CASES,
}
