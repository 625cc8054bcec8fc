"""An app in several versions on one database: served, called, deployed, and asked at each step what still works."""

from migration_lab.deploy.calls import Call, calls_to
from migration_lab.deploy.environments import Environment, environment
from migration_lab.deploy.matrix import STEPS, VERSIONS, Matrix, make_matrix
from migration_lab.deploy.playing import Played, Trial, play
from migration_lab.deploy.rolling import Rollout, rollout
from migration_lab.deploy.servers import Answer, DeployError, Served, serve
from migration_lab.deploy.stage import APP

__all__ = [
    "APP",
    "STEPS",
    "VERSIONS",
    "Answer",
    "Call",
    "DeployError",
    "Environment",
    "Matrix",
    "Played",
    "Rollout",
    "Served",
    "Trial",
    "calls_to",
    "environment",
    "make_matrix",
    "play",
    "rollout",
    "serve",
]
