"""`tf.contrib.tensor_forest`: trees grow by chance, so what they learn is compared with TensorFlow 1.15 (golden/record_forest.py)."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects import forest_programs as programs

tensor_forest, resources = tf.contrib.tensor_forest.python.tensor_forest, tf.python.ops.resources
GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
RECORD = json.loads((GOLDEN / "forest.json").read_text())


def forest(settings, **more):
    return programs.Forest(tf, tensor_forest, resources, {"base_random_seed": 1, **settings}, **more)


@pytest.mark.parametrize("name", programs.SETTINGS)
def test_forests_learn_as_well_as_tensorflow_s(name):
    want, made = RECORD[name], forest(programs.SETTINGS[name])
    assert made.session.run(made.loss) == -1
    first = made.session.run([made.said, made.paths], {made.x: programs.points(2)[0]})
    assert not first[0].any() and first[1].shape == (0, programs.SETTINGS[name]["num_trees"])
    quality, size = made.quality(60), made.session.run(made.size)
    if made.regression:
        assert quality < 1.3 * want["quality"]
    else:
        assert quality > want["quality"] - 0.12
    assert 0.6 * want["size"] < size < 1.6 * want["size"]
    node = next(n for n in made.graph.as_graph_def().node if n.op == "GrowTreeV4")
    assert node.attr["params"].s == made.forest.params.params_proto.SerializeToString()  # bytes that are no text
    assert sorted({o.name for o in made.graph.get_operations() if o.type in programs.OURS}) == want["nodes"]
    filled = {k: v for k, v in made.forest.params.values().items() if k in want["filled"]}
    assert filled == {**want["filled"], "base_random_seed": 1}


def test_a_tree_of_tensorflow_says_what_it_says_there():
    tree = (GOLDEN / "forest" / "tree.pb").read_bytes()
    made = forest({**programs.SETTINGS["classes"], "num_trees": 1}, tree_configs=[tree])
    np.testing.assert_allclose(made.say(), RECORD["said"], atol=2e-5)
    again = forest({**programs.SETTINGS["classes"], "num_trees": 1}, tree_configs=[made.session.run("tree-0/TreeSerialize:0")])
    np.testing.assert_array_equal(again.say(), made.say())


@pytest.mark.parametrize("name", ["classes", "numbers"])
def test_a_checkpoint_holds_trees_and_what_leaves_have_seen(name, tmp_path):
    made = forest({**programs.SETTINGS[name], "checkpoint_stats": True})
    made.quality(6)
    with made.graph.as_default():
        saver = tf.train.Saver()
        path = saver.save(made.session, str(tmp_path / "forest"), write_meta_graph=False)
        kinds = {n.split("-")[0] for n, _ in tf.train.list_variables(path)}
        assert kinds == {"tree", "stats", "device_dummy_0", *(f"device_dummy_{i}" for i in range(1, 5))}
        assert {"TreeDeserialize", "FertileStatsDeserialize"} <= {op.type for op in made.graph.get_operations()}
        want = made.say()
        made.quality(5)
        grown = made.session.run(made.size)
        saver.restore(made.session, path)
        np.testing.assert_array_equal(made.say(), want)
        small = made.session.run(made.size)
        made.quality(5)
        assert small < made.session.run(made.size) and abs(made.session.run(made.size) - grown) <= 0.3 * grown


def test_leaves_may_be_split_early_and_candidates_given_up():
    for settings in (
        {"split_finish_name": "hoeffding"},
        {"split_finish_name": "bootstrap", "early_finish_check_every_samples": 20},
        {"split_pruning_name": "half"},
        {"split_pruning_name": "hoeffding", "prune_every_samples": 60},
    ):
        made = forest({**programs.SETTINGS["classes"], **settings})
        assert made.quality(40) > 0.75, settings


def test_importances_paths_and_categories():
    x, classes, _ = programs.points(400)
    numbered = (np.abs(x[:, 3]) * 3).astype("int32") % 3  # the class is this category
    with tf.Graph().as_default(), tf.Session() as session:
        settings = {
            "num_classes": 3,
            "num_features": 4,
            "num_trees": 2,
            "inference_tree_paths": True,
            "split_after_samples": 60,
        }
        made = tensor_forest.RandomForestGraphs(tensor_forest.ForestHParams(base_random_seed=3, **settings).fill())
        inputs = {"a": tf.constant(x[:, :3]), "kind": tf.constant(numbered[:, None])}
        step, (said, paths, _) = made.training_graph(inputs, numbered), made.inference_graph(inputs)
        importances = made.feature_importances()
        session.run([tf.global_variables_initializer(), resources.initialize_resources(resources.shared_resources())])
        for _ in range(8):
            session.run(step)
        assert np.mean(session.run(said).argmax(1) == numbered) > 0.95
        shares, paths = session.run([importances, paths])
        np.testing.assert_allclose(shares.sum(), 1)
        assert shares.dtype == np.float64 and shares.min() > 0
        counted = {op.type for op in session.graph.get_operations()} & {"FeatureUsageCounts"}
        assert counted, "the shares are of splits, which the trees count"
        assert paths.shape == (400, 2) and all(p for p in paths.reshape(-1))


def test_sparse_examples_and_weights():
    x, classes, _ = programs.points(300)
    x[x < 0] = 0
    where = np.argwhere(x)
    with tf.Graph().as_default(), tf.Session() as session:
        settings = tensor_forest.ForestHParams(num_classes=3, num_features=4, num_trees=2, base_random_seed=1).fill()
        made = tensor_forest.RandomForestGraphs(settings)
        rows = tf.SparseTensor(where, x[tuple(where.T)], x.shape)
        step = made.training_graph(rows, classes, input_weights=tf.constant(np.where(classes == 2, 0.0, 2.0)))
        said = made.inference_graph(rows)[0]
        session.run([tf.global_variables_initializer(), resources.initialize_resources(resources.shared_resources())])
        for _ in range(5):
            session.run(step)
        found = session.run(said)
        assert found[:, 2].max() == 0 and np.mean(found.argmax(1) == classes) > 0.5
        np.testing.assert_allclose(found.sum(1), 1, rtol=1e-5)


def test_wrong_settings_and_labels():
    with pytest.raises(AttributeError, match="num_features"):
        tensor_forest.ForestHParams(num_classes=3).fill()
    with pytest.raises(KeyError, match="all_wrong"):
        tensor_forest.ForestHParams(num_classes=3, num_features=4, model_name="all_wrong").fill()
    with pytest.raises(NotImplementedError, match="initialize_average_splits"):
        forest({**programs.SETTINGS["classes"], "initialize_average_splits": True})
    made = forest(programs.SETTINGS["classes"])
    with pytest.raises(tf.errors.InvalidArgumentError, match="classes 0 .. 2, got 0 .. 3"):
        made.session.run(made.step, {made.x: np.zeros([2, 4]), made.y: [0, 3]})
    with made.graph.as_default(), tf.Session() as fresh, pytest.raises(tf.errors.FailedPreconditionError, match="tree-0"):
        fresh.run(made.said, {made.x: np.zeros([2, 4])})
