"""Building a plugin's artifacts and checking that they say what the source says."""

from __future__ import annotations

from vplug.release.builder import build_project
from vplug.release.failure import BuildFailed
from vplug.release.summary import Artifact, ArtifactKind, BuildReport, CheckResult

__all__ = [
    "Artifact",
    "ArtifactKind",
    "BuildFailed",
    "BuildReport",
    "CheckResult",
    "build_project",
]
