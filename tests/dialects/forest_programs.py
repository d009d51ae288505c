"""Random forests: made under TensorFlow 1.15 by `golden/record_forest.py`, under Mainstem by `test_tensor_forest.py`."""

import numpy as np

OURS = (
    "CreateFertileStatsVariable", "CreateTreeVariable", "DecisionTreeResourceHandleOp", "FertileStatsIsInitializedOp",
    "FertileStatsResourceHandleOp", "FertileStatsSerialize", "GrowTreeV4", "ProcessInputV4", "TraverseTreeV4",
    "TreeIsInitializedOp", "TreePredictionsV4", "TreeSerialize", "TreeSize", "UpdateModelV4",
)  # fmt: skip
SETTINGS = {
    "classes": dict(num_classes=3, num_features=4, num_trees=5, max_nodes=200),
    "few nodes": dict(num_classes=3, num_features=4, num_trees=4, max_nodes=15),
    "strictly less": dict(num_classes=3, num_features=4, num_trees=4, split_name="less", split_after_samples=100),
    "shares": dict(num_classes=3, num_features=4, num_trees=8, bagging_fraction=0.6, feature_bagging_fraction=0.75),
    "numbers": dict(num_classes=1, num_features=4, num_trees=5, regression=True),
}


def points(count, seed=0):
    """Features [count, 4], and classes 0 .. 2 of them or numbers."""
    x = np.random.RandomState(seed).normal(size=(count, 4)).astype("float32")
    return x, ((x[:, 0] > 0.3).astype(int) + (x[:, 1] * x[:, 2] > 0)).astype("int32"), 2 * x[:, 0] + x[:, 1]


class Forest:
    """A forest with its graph and session."""

    def __init__(self, tf, tensor_forest, resources, settings, tree_configs=None):
        self.regression = settings.get("regression", False)
        self.graph, params = tf.Graph(), tensor_forest.ForestHParams(**settings).fill()
        with self.graph.as_default():
            self.x = tf.placeholder(tf.float32, [None, 4])
            self.y = tf.placeholder(tf.float32 if self.regression else tf.int32, [None])
            self.forest = tensor_forest.RandomForestGraphs(params, tree_configs=tree_configs)
            self.step = self.forest.training_graph(self.x, self.y)
            self.loss = self.forest.training_loss(self.x, self.y)
            self.said, self.paths, self.variance = self.forest.inference_graph(self.x)
            self.size = self.forest.average_size()
            made = resources.initialize_resources(resources.shared_resources())
            self.session = tf.Session()
            self.session.run(tf.group(tf.global_variables_initializer(), made))

    def say(self, count=200):
        """What it says of points."""
        return self.session.run(self.said, {self.x: points(count, 1)[0]})

    def quality(self, steps):
        """The share of classes that it gets right after so many steps, or the mean squared error."""
        for i in range(steps):
            x, classes, numbers = points(300, 100 + i)
            self.session.run(self.step, {self.x: x, self.y: numbers if self.regression else classes})
        x, classes, numbers = points(2000, 7)
        said = self.session.run(self.said, {self.x: x})
        return float(np.mean((said[:, 0] - numbers) ** 2) if self.regression else np.mean(said.argmax(1) == classes))
