"""Device names: reading, writing, merging."""

import pytest

from mainstem.graph.device import DeviceSpec, DeviceSpecV1, merge


@pytest.mark.parametrize(
    "text, canonical",
    [
        ("", ""),
        ("/cpu:0", "/device:CPU:0"),
        ("/gpu:1", "/device:GPU:1"),
        ("/device:GPU:*", "/device:GPU:*"),
        ("/job:a/job:b", "/job:b"),
        ("/job:ps/task:1", "/job:ps/task:1"),
        ("/job:worker/replica:0/task:2/device:CPU:0", "/job:worker/replica:0/task:2/device:CPU:0"),
    ],
)
def test_names_are_read_and_written(text, canonical):
    assert DeviceSpec.from_string(text).to_string() == canonical
    assert DeviceSpec.from_string(canonical) == DeviceSpec.from_string(text)


@pytest.mark.parametrize("text", ["/nonsense:0", "/job:a/what", "/task:x", "/gpu:one", "/device:gpu", "/cpu:0/gpu:1"])
def test_malformed_names_are_refused(text):
    with pytest.raises(ValueError):
        DeviceSpec.from_string(text)


@pytest.mark.parametrize(
    "outer, inner, result",
    [
        ("/job:ps", "/gpu:0", "/job:ps/device:GPU:0"),
        ("/gpu:0", "/cpu:0", "/device:CPU:0"),
        ("/job:ps/task:1", "/task:2", "/job:ps/task:2"),
        ("", "/cpu:0", "/device:CPU:0"),
        ("/job:a/gpu:1", "", "/job:a/device:GPU:1"),
        ("/gpu:1", "/device:GPU:*", "/device:GPU:1"),
    ],
)
def test_an_inner_scope_refines_an_outer_one(outer, inner, result):
    assert merge(outer, inner) == result


def test_specs_are_values():
    spec = DeviceSpec(job="ps", task=0, device_type="GPU", device_index=1)
    assert spec.to_string() == "/job:ps/task:0/device:GPU:1"
    assert spec.replace(task=3).task == 3 and spec.task == 0
    assert spec == DeviceSpec.from_string(spec.to_string()) and len({spec, DeviceSpec.from_string(spec.to_string())}) == 1
    assert spec.make_merged_spec(DeviceSpec(device_type="CPU")).device_type == "CPU"


def test_fields_of_tensorflow_1s_specs_may_be_set_and_those_of_2s_not():
    spec = DeviceSpecV1(job="ps")
    spec.job, spec.task, spec.device_type, spec.device_index = "worker", "1", "gpu", 3
    assert spec.to_string() == "/job:worker/task:1/device:GPU:3"
    spec.merge_from(DeviceSpecV1(task=2))
    assert spec.to_string() == "/job:worker/task:2/device:GPU:3"
    assert spec.parse_from_string("/job:q/task:4") is spec and spec.to_string() == "/job:q/task:4"
    fixed = DeviceSpec(job="ps", task=1)
    with pytest.raises(AttributeError):
        fixed.job = "w"
    assert fixed.parse_from_string("/job:q").job == "q" and fixed.to_string() == "/job:ps/task:1"
