"""The state of the machine: what the kernel tells about pressure, memory, clock and power.

Waiting for memory disturbs a phase (lab/analysis/disturbance.py). Two others are recorded and judge
nothing: the pressure on processors, because the load of an experiment causes it too, and the clock,
because it is low whenever a processor has been idle. A clock that falls slowly burdens all sides of
a comparison alike, because they are measured in turns.

Every function returns less, or None, where a system does not tell. `root` is / but for tests.
"""

import contextlib
import re
import time
from pathlib import Path
from typing import Any

import psutil

ROOT = Path("/")
LOW_MEMORY_MB = 1000  # less than this is left before the system starts
PRESSURES = {"cpu": "pressure", "memory": "memory_pressure"}  # a file of the kernel: its record
# With these drivers `powersave` is the name of the normal governor: it raises the frequency too.
SCALING_DRIVERS = ("intel_pstate", "amd-pstate-epp")


def read() -> dict[str, float]:
    """{memory_mb, swapped_in_mb, mhz, at, cpu, memory} now, as far as the system tells.

    `cpu` and `memory` are the microseconds in which a task waited for them, see waited_us().
    """
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    state = {"memory_mb": memory.available / 1e6, "swapped_in_mb": swap.sin / 1e6}
    with contextlib.suppress(Exception):  # psutil has no common error for "cannot be read here"
        state["mhz"] = psutil.cpu_freq().current
    state["at"] = time.monotonic()
    for what in PRESSURES:
        if (waited := waited_us(what)) is not None:
            state[what] = waited
    return state


def changes(before: dict[str, float], after: dict[str, float]) -> dict[str, Any]:
    """What the two states say about the time between them, for a record.

    {pressure, memory_pressure: % of the time in which a task waited for a processor, or for memory,
    memory_mb: what is left at the end, swapped_in_mb: read back from the disk meanwhile, mhz: the
    clock at both ends}
    """
    swapped = after["swapped_in_mb"] - before["swapped_in_mb"]
    found: dict[str, Any] = {
        "memory_mb": round(after["memory_mb"]),
        "swapped_in_mb": round(swapped, 1),
    }
    if "mhz" in before and "mhz" in after:
        found["mhz"] = [round(before["mhz"]), round(after["mhz"])]
    passed = max(0.001, after["at"] - before["at"])
    for what, name in PRESSURES.items():
        if what in before and what in after:
            waited = (after[what] - before[what]) / 1e6
            found[name] = round(min(100.0, 100 * waited / passed), 1)
    return found


def waited_us(what: str, root: Path = ROOT) -> int | None:
    """Microseconds in which at least one task waited for `cpu` or `memory` (PSI), or None."""
    text = _text(root / "proc/pressure" / what)
    found = re.search(r"^some .*total=(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else None


def is_on_battery(root: Path = ROOT) -> bool:
    """Whether a battery of the machine itself is being discharged."""
    supplies = root / "sys/class/power_supply"
    if not supplies.is_dir():  # not Linux
        with contextlib.suppress(Exception):
            return psutil.sensors_battery().power_plugged is False
        return False
    return any(
        _text(supply / "type") == "Battery"
        and _text(supply / "scope") != "Device"  # that of a mouse
        and _text(supply / "status") == "Discharging"
        for supply in supplies.iterdir()
    )


def power_saving(root: Path = ROOT) -> str | None:
    """What saves power at the cost of speed, such as `governor powersave`, or None."""
    if (profile := _text(root / "sys/firmware/acpi/platform_profile")) == "low-power":
        return f"platform profile {profile}"
    for policy in sorted((root / "sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq")):
        governor = _text(policy / "scaling_governor")
        if _text(policy / "scaling_driver") in SCALING_DRIVERS:
            if (wish := _text(policy / "energy_performance_preference")) == "power":
                return f"energy preference {wish}"
        elif governor == "powersave":
            return f"governor {governor}"
    return None


def warnings(memory_mb: float, root: Path = ROOT) -> list[str]:
    """What of the machine's state may disturb a run, as sentences that say what to do."""
    found = []
    if is_on_battery(root):
        found.append("the machine runs on its battery and may slow down: plug it in")
    if saving := power_saving(root):
        found.append(f"the machine saves power ({saving}): choose full speed for the run")
    if memory_mb < LOW_MEMORY_MB:
        found.append(f"only {memory_mb:.0f} MB of memory are left: close some programs")
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
