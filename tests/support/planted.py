"""Small studies with one planted fault each, and a clean one."""

import planted_faults
from planted_plan import clean

from eventstudy.checks import check_study


def study(name, seed=1):
    """Run the study with a planted fault; the clean one under "clean"."""
    plan = clean(seed)
    if name != "clean":
        FAULTS[name](plan)
    return plan.run()


def raised(results, **more):
    """Names of the checks that object, by severity."""
    found = check_study(results, **more)
    return {own.check for own in found if own.severity != "note"}, {
        own.check for own in found if own.severity == "note"
    }


OTHER = {"mean_break": "break", "extra_sessions": "prices"}
"""Faults that are not called what their check is called."""
FAULTS = {
    OTHER.get(name, name.replace("_", "-")): fault
    for name, fault in vars(planted_faults).items()
    if getattr(fault, "__module__", "") == "planted_faults"
}
"""A fault for each check."""
