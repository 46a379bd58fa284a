"""What a study in parts asks, as JSON beside its parts: read again without running anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from eventstudy.errors import InvalidArgumentError
from eventstudy.inference import TESTS, SignificanceTest
from eventstudy.models import MODELS, as_model
from eventstudy.models.base import NormalReturnModel
from eventstudy.settings import Group, Options, Windows

if TYPE_CHECKING:
    Models = NormalReturnModel | Mapping[str, NormalReturnModel]


@dataclass(frozen=True)
class Asked:
    """What is asked of every part.

    Parameters
    ----------
    model : NormalReturnModel, or mapping of str to NormalReturnModel
        One for all assets, or one for each.
    windows : Windows
        Windows in event time.
    options : Options
        Settings; the engine and how averages are made are chosen.
    groups : mapping of str to Group
        Groups of events.
    tests : tuple of SignificanceTest, or None
        Tests of the user's choice.
    """

    model: Models
    windows: Windows
    options: Options
    groups: Mapping[str, Group]
    tests: tuple[SignificanceTest, ...] | None

    def of(self, assets: tuple[str, ...]) -> Models:
        """Return the models of some assets."""
        if isinstance(self.model, Mapping):
            return {name: self.model[name] for name in assets if name in self.model}
        return self.model

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it.

        Raises
        ------
        InvalidArgumentError
            When a model or a test is of no known kind.
        """
        by_asset = isinstance(self.model, Mapping)
        models = (
            {name: _model(each) for name, each in self.model.items()}
            if isinstance(self.model, Mapping)
            else _model(self.model)
        )
        return {
            "by_asset": by_asset,
            "model": models,
            "windows": asdict(self.windows),
            "options": _plain(asdict(self.options)),
            "groups": {name: asdict(group) for name, group in self.groups.items()},
            "tests": None if self.tests is None else [_test(test) for test in self.tests],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Asked:
        """Return what `as_json` gave."""
        given, tests = content["model"], content["tests"]
        windows: dict[str, Any] = {
            name: None if value is None else tuple(map(_tuple, value))
            for name, value in content["windows"].items()
        }
        options = {name: _tuple(value) for name, value in content["options"].items()}
        return cls(
            {name: as_model(each) for name, each in given.items()}
            if content["by_asset"]
            else as_model(given),
            Windows(**windows),
            Options(**options),
            {name: Group(**each) for name, each in content["groups"].items()},
            None
            if tests is None
            else tuple(TESTS[each["name"]](**each["settings"]) for each in tests),
        )


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in values.items()
    }


def _model(model: NormalReturnModel) -> dict[str, Any]:
    if type(model) not in MODELS.values():
        raise InvalidArgumentError(
            f"the model {model.name!r} is none of es.MODELS, and another process cannot make it "
            "from its name. Measure it in memory: leave out the argument out"
        )
    settings = {
        f.name: getattr(model, f.name)
        for f in fields(model)  # type: ignore[arg-type]  # models are dataclasses
        if f.name not in ("market", "factors")
    }
    return {"name": model.name, "factors": list(model.factors), **settings}


def _test(test: SignificanceTest) -> dict[str, Any]:
    if type(test) not in TESTS.values():
        raise InvalidArgumentError(
            f"the test {test.name!r} is none of es.TESTS, and cannot be made again from its name. "
            "Measure it in memory: leave out the argument out"
        )
    given: Any = test
    settings = {f.name: getattr(test, f.name) for f in fields(given)}
    return {"name": test.name, "settings": settings}
