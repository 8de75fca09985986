"""Every rule's code, name, severity and first version: the one table, apart from the rules themselves."""

from __future__ import annotations

from typing import NamedTuple

from vplug.model import Severity


class Row(NamedTuple):
    """One line of the table; the rule's function is its name with underscores."""

    name: str
    severity: Severity
    since: str
    module: str


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

CODES: dict[str, Row] = {
    # VP0xx: reading
    "VP001": Row("syntax-error", _E, "0.1.0", "reading"),
    "VP002": Row("unreadable-file", _E, "0.1.0", "reading"),
    # VP1xx: declaration
    "VP101": Row("unknown-group", _E, "0.1.0", "declaration"),
    "VP102": Row("invalid-entry-point", _E, "0.1.0", "declaration"),
    "VP103": Row("missing-module", _E, "0.1.0", "resolution"),
    "VP104": Row("missing-attribute", _E, "0.1.0", "resolution"),
    "VP105": Row("duplicate-name", _E, "0.1.0", "declaration"),
    "VP106": Row("name-taken-in-environment", _W, "0.1.0", "declaration"),
    "VP107": Row("generic-top-level-package", _W, "0.1.0", "declaration"),
    "VP108": Row("conflicting-declarations", _E, "0.1.0", "declaration"),
    "VP109": Row("builtin-platform-name", _W, "0.1.0", "naming"),
    "VP110": Row("copied-name", _W, "0.1.0", "naming"),
    "VP111": Row("unmatchable-name", _W, "0.1.0", "naming"),
    "VP112": Row("script-without-target", _E, "0.1.0", "resolution"),
    "VP113": Row("malformed-entry-points", _E, "0.1.0", "declaration"),
    # VP2xx: contract
    "VP201": Row("wrong-target-kind", _E, "0.1.0", "contract"),
    "VP202": Row("factory-needs-arguments", _E, "0.1.0", "contract"),
    "VP203": Row("colon-in-class-name", _E, "0.1.0", "returned"),
    "VP204": Row("returned-class-missing", _E, "0.1.0", "returned"),
    "VP205": Row("wrong-base-class", _W, "0.1.0", "contract"),
    "VP206": Row("sync-resolve-lora", _E, "0.1.0", "registered"),
    "VP207": Row("dotted-model-name", _E, "0.1.0", "registered"),
    "VP208": Row("returns-no-name", _E, "0.1.0", "returned"),
    "VP210": Row("missing-import", _E, "0.1.0", "released"),
    "VP211": Row("missing-lazy-import", _W, "0.1.0", "released"),
    "VP212": Row("missing-unreached-import", _I, "0.1.0", "released"),
    "VP213": Row("missing-abstract-method", _E, "0.1.0", "released"),
    "VP214": Row("missing-required-method", _E, "0.1.0", "released"),
    "VP215": Row("wrong-constructor", _E, "0.1.0", "released"),
    "VP216": Row("incompatible-override", _E, "0.1.0", "released"),
    "VP217": Row("async-mismatch", _E, "0.1.0", "released"),
    "VP218": Row("overrides-nothing", _I, "0.1.0", "released"),
    "VP219": Row("wrong-registration-call", _E, "0.1.0", "released"),
    "VP220": Row("registered-twice", _E, "0.1.0", "released"),
    "VP221": Row("group-not-read", _E, "0.1.0", "released"),
    # VP3xx: behaviour
    "VP301": Row("never-declines", _W, "0.1.0", "behaviour_platform"),
    "VP302": Row("vllm-imported-early", _W, "0.1.0", "behaviour_platform"),
    "VP303": Row("heavy-import", _I, "0.1.0", "behaviour_loading"),
    "VP304": Row("device-touched-at-import", _W, "0.1.0", "behaviour_loading"),
    "VP305": Row("not-reentrant", _I, "0.1.0", "behaviour_registering"),
    "VP306": Row("uncaught-error", _W, "0.1.0", "behaviour_uncaught"),
    "VP307": Row("model-class-not-lazy", _W, "0.1.0", "behaviour_registering"),
    "VP308": Row("blocking-call", _W, "0.1.0", "behaviour_serving"),
    "VP309": Row("print-call", _I, "0.1.0", "behaviour_habits"),
    "VP310": Row("unnamed-variable", _I, "0.1.0", "behaviour_habits"),
    "VP311": Row("unsafe-request-data", _E, "0.1.0", "behaviour_serving"),
    "VP312": Row("monkey-patch", _I, "0.1.0", "behaviour_patches"),
    # VP4xx: packaging
    "VP401": Row("no-readme", _W, "0.1.0", "packaging"),
    "VP402": Row("no-license", _W, "0.1.0", "packaging"),
    "VP403": Row("no-description", _W, "0.1.0", "packaging"),
    "VP404": Row("no-requires-python", _W, "0.1.0", "packaging"),
    "VP405": Row("python-excludes-vllm", _E, "0.1.0", "packaging"),
    "VP406": Row("invalid-version", _E, "0.1.0", "packaging"),
    "VP407": Row("no-vllm-range", _I, "0.1.0", "ranges"),
    "VP408": Row("vllm-pinned", _W, "0.1.0", "ranges"),
    "VP409": Row("vllm-unbounded", _W, "0.1.0", "ranges"),
    "VP410": Row("torch-pinned", _W, "0.1.0", "ranges"),
    "VP411": Row("no-tests", _I, "0.1.0", "packaging"),
    # VP6xx: this machine (vplug doctor)
    "VP600": Row("no-vllm", _W, "0.1.0", "installed"),
    "VP601": Row("broken-vllm", _E, "0.1.0", "installed"),
    "VP602": Row("unnamed-vllm", _E, "0.1.0", "installed"),
    "VP603": Row("duplicate-distribution", _W, "0.1.0", "installed"),
    "VP604": Row("unmet-requirement", _W, "0.1.0", "installed"),
    "VP605": Row("filtered-plugin", _W, "0.1.0", "installed"),
    "VP606": Row("unmatched-name", _W, "0.1.0", "installed"),
    "VP607": Row("hidden-plugin", _W, "0.1.0", "installed"),
    "VP608": Row("unread-plugin", _W, "0.1.0", "installed"),
    "VP609": Row("unloadable-plugin", _E, "0.1.0", "installed"),
    "VP610": Row("unreadable-metadata", _E, "0.1.0", "installed"),
    "VP620": Row("failed-platform-plugin", _E, "0.1.0", "platform_choice"),
    "VP621": Row("platform-clash", _E, "0.1.0", "platform_choice"),
    "VP622": Row("broken-platform", _E, "0.1.0", "platform_choice"),
    "VP623": Row("cpu-fallback", _E, "0.1.0", "platform_choice"),
    "VP624": Row("no-platform", _E, "0.1.0", "platform_choice"),
    "VP625": Row("unsteady-platform", _W, "0.1.0", "platform_choice"),
    "VP626": Row("target-skips-plugins", _W, "0.1.0", "platform_choice"),
    "VP627": Row("confused-platform-name", _W, "0.1.0", "platform_choice"),
    "VP628": Row("forecast-differs", _I, "0.1.0", "platform_choice"),
    "VP640": Row("device-disagreement", _W, "0.1.0", "reported"),
    "VP641": Row("failed-device-question", _W, "0.1.0", "reported"),
    "VP642": Row("empty-device-answer", _W, "0.1.0", "reported"),
    "VP643": Row("hidden-devices", _E, "0.1.0", "reported"),
    "VP644": Row("silent-driver", _W, "0.1.0", "reported"),
    "VP660": Row("misconfigured-resolver", _W, "0.1.0", "configured"),
    "VP661": Row("invalid-adapter", _W, "0.1.0", "configured"),
    "VP662": Row("missing-io-processor", _E, "0.1.0", "configured"),
    # VP7xx: what a run saw
    "VP701": Row("fails-to-load", _E, "0.1.0", "observed"),
    "VP702": Row("fails-when-called", _E, "0.1.0", "observed"),
    "VP703": Row("second-call-fails", _E, "0.1.0", "observed"),
    "VP704": Row("ends-the-process", _E, "0.1.0", "observed"),
    "VP705": Row("does-not-return", _E, "0.1.0", "observed"),
    "VP706": Row("takes-too-much-memory", _E, "0.1.0", "observed"),
    "VP707": Row("depends-on-import-order", _E, "0.1.0", "observed"),
    "VP708": Row("fails-after-fork", _E, "0.1.0", "observed"),
    "VP710": Row("gives-wrong-kind", _E, "0.1.0", "observed_classes"),
    "VP711": Row("class-cannot-be-used", _E, "0.1.0", "observed_classes"),
    "VP712": Row("class-of-other-base", _W, "0.1.0", "observed_classes"),
    "VP713": Row("platform-not-taken", _E, "0.1.0", "observed_classes"),
    "VP720": Row("initialises-accelerator", _E, "0.1.0", "observed_effects"),
    "VP721": Row("changes-environment", _W, "0.1.0", "observed_effects"),
    "VP722": Row("patches-vllm", _W, "0.1.0", "observed_effects"),
    "VP723": Row("changes-logging", _W, "0.1.0", "observed_effects"),
    "VP724": Row("changes-process", _W, "0.1.0", "observed_effects"),
    "VP725": Row("leaves-something-running", _W, "0.1.0", "observed_effects"),
    "VP726": Row("slow-to-load", _I, "0.1.0", "observed_effects"),
    "VP727": Row("reaches-out", _W, "0.1.0", "observed_effects"),
    "VP728": Row("floods-output", _W, "0.1.0", "observed_effects"),
    # VP75x: what a real engine showed
    "VP750": Row("differs-from-forecast", _W, "0.1.0", "observed_live"),
    "VP751": Row("fails-to-load-in-engine", _E, "0.1.0", "observed_live"),
    "VP752": Row("fails-when-called-in-engine", _E, "0.1.0", "observed_live"),
    "VP753": Row("engine-does-not-start", _E, "0.1.0", "observed_live"),
    "VP754": Row("fails-in-use", _E, "0.1.0", "observed_live"),
    "VP755": Row("without-effect", _W, "0.1.0", "observed_live"),
}
