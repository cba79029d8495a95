"""Battery, power saving, memory and pressure, as the files of the kernel tell them."""

import pytest

from lab.laboratory import machine_state

SUPPLY, CPU = "sys/class/power_supply", "sys/devices/system/cpu/cpu0/cpufreq"
BATTERY, DISCHARGING = {f"{SUPPLY}/BAT0/type": "Battery"}, {f"{SUPPLY}/BAT0/status": "Discharging"}
PROFILE = "sys/firmware/acpi/platform_profile"
ENOUGH = 8000


@pytest.fixture
def tree(tmp_path):
    """tree({path: text}) makes the files below a folder that stands for / and returns it."""

    def make(files):
        (tmp_path / SUPPLY).mkdir(parents=True)
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text + "\n")
        return tmp_path

    return make


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, False),
        (BATTERY | DISCHARGING, True),
        (BATTERY | {f"{SUPPLY}/BAT0/status": "Charging"}, False),
        (BATTERY | DISCHARGING | {f"{SUPPLY}/BAT0/scope": "Device"}, False),  # that of a mouse
        ({f"{SUPPLY}/AC/type": "Mains"}, False),
    ],
)
def test_a_battery_that_is_discharged_is_noticed(tree, files, expected):
    assert machine_state.is_on_battery(tree(files)) is expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, None),
        ({f"{CPU}/scaling_governor": "performance"}, None),
        ({f"{CPU}/scaling_governor": "powersave"}, "governor powersave"),
        # With this driver it is the name of the normal governor.
        ({f"{CPU}/scaling_governor": "powersave", f"{CPU}/scaling_driver": "intel_pstate"}, None),
        (
            {
                f"{CPU}/scaling_driver": "intel_pstate",
                f"{CPU}/energy_performance_preference": "power",
            },
            "energy preference power",
        ),
        ({PROFILE: "low-power"}, "platform profile low-power"),
        ({PROFILE: "balanced"}, None),
    ],
)
def test_what_saves_power_is_named(tree, files, expected):
    assert machine_state.power_saving(tree(files)) == expected


def test_each_warning_says_what_to_do(tree):
    root = tree(BATTERY | DISCHARGING | {PROFILE: "low-power"})

    assert machine_state.warnings(400, root) == [
        "the machine runs on its battery and may slow down: plug it in",
        "the machine saves power (platform profile low-power): choose full speed for the run",
        "only 400 MB of memory are left: close some programs",
    ]
    assert machine_state.warnings(ENOUGH, root / "nothing") == []


@pytest.mark.parametrize("what", ["cpu", "memory"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("some avg10=31.72 avg60=36.51 avg300=29.13 total=13624\nfull avg10=0 total=7", 13624),
        ("", None),
    ],
)
def test_the_pressure_is_the_time_in_which_some_task_waited(tree, what, text, expected):
    assert machine_state.waited_us(what, tree({f"proc/pressure/{what}": text})) == expected


def test_changes_are_those_of_the_phase_and_only_of_what_is_told():
    before = {"memory_mb": 900.0, "swapped_in_mb": 5.0, "at": 10.0}
    after = {"memory_mb": 700.4, "swapped_in_mb": 6.5, "at": 14.0}
    told = {"cpu": 1_000_000, "memory": 500_000, "mhz": 3000.0}
    later = {"cpu": 2_000_000, "memory": 700_000, "mhz": 1200.0}

    found = machine_state.changes(before, after)
    assert found == {"memory_mb": 700, "swapped_in_mb": 1.5}
    assert machine_state.changes(before | told, after | later) == found | {
        "mhz": [3000, 1200],
        "pressure": 25.0,
        "memory_pressure": 5.0,
    }


def test_the_state_of_this_machine_can_be_read():
    state = machine_state.read()

    assert machine_state.changes(state, state)["memory_mb"] > 0
