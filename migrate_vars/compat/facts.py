"""What serves for the symbols of TensorFlow 1 that ``compat.v1`` lacks, or has in part."""

from __future__ import annotations

from typing import NamedTuple

from migrate_vars.analysis.tensorflow import V1

RUNTIME = "migrate_vars.tf1"
"""Where the modules of this project are that take the place of symbols."""

_KERAS = ("tf_keras",)
_OWN = ("migrate-vars",)
_BOTH = (*_KERAS, *_OWN)


class Fact(NamedTuple):
    """What is known of one symbol, and of all that lies below it.

    Attributes:
        symbol: Its dotted name below ``tensorflow``.
        serves: The full dotted name of what takes its place; "" where nothing does.
        exact: Whether that does the same, but for the rounding of kernels.
        differs: What it does otherwise, in words.
        by_hand: What to do where it is left, in words.
        packages: What it needs beside TensorFlow, as pip names it.
        keras: Whether it needs Keras 2, which ``TF_USE_LEGACY_KERAS`` asks for.
    """

    symbol: str
    serves: str = ""
    exact: bool = True
    differs: str = ""
    by_hand: str = ""
    packages: tuple[str, ...] = ()
    keras: bool = False


# What the runtime's modules lack of those of TensorFlow 1.15.
_LACKING = {
    "layers": (
        "GDN RevBlock SPARSE_FEATURE_CROSS_DEFAULT_HASH_KEY bucketized_column "
        "check_feature_columns create_feature_spec_for_parsing crossed_column "
        "embedding_column feature_column gdn infer_real_valued_columns "
        "input_from_feature_columns joint_weighted_sum_from_feature_columns "
        "make_place_holder_tensors_for_base_features multi_class_target one_hot_column "
        "parse_feature_columns_from_examples parse_feature_columns_from_sequence_examples "
        "real_valued_column recompute_grad regression_target rev_block "
        "scattered_embedding_column sequence_input_from_feature_columns "
        "shared_embedding_columns sparse_column_with_hash_bucket "
        "sparse_column_with_integerized_feature sparse_column_with_keys "
        "sparse_column_with_vocabulary_file transform_features weighted_sparse_column "
        "weighted_sum_from_feature_columns"
    ),
    "slim": (
        "DataFrameColumn GDN InputLayer ProblemType RevBlock "
        "SPARSE_FEATURE_CROSS_DEFAULT_HASH_KEY adaptive_clipping_fn binary_svm_target "
        "bucketization_op bucketize bucketized_column check_feature_columns checkpoint_utils "
        "contrib_framework contrib_sparse_ops contrib_variables "
        "create_feature_spec_for_parsing crossed_column deprecated deprecated_arg_values "
        "embedding_column embedding_lookup_sparse_with_distributed_aggregation encoders "
        "experimental fc fc_core feature_column feature_column_ops gdn "
        "gen_sparse_feature_cross_op get_default_binary_metrics_for_eval "
        "infer_real_valued_columns input_from_feature_columns "
        "joint_weighted_sum_from_feature_columns loader loss_ops make_all "
        "make_place_holder_tensors_for_base_features multi_class_target one_hot_column "
        "optimizer_ parse_feature_columns_from_examples "
        "parse_feature_columns_from_sequence_examples real_valued_column recompute_grad "
        "regression_target resource_variable_ops rev_block rev_block_lib "
        "scattered_embedding_column scattered_embedding_lookup "
        "scattered_embedding_lookup_sparse sequence_input_from_feature_columns "
        "shared_embedding_columns sparse_column_with_hash_bucket "
        "sparse_column_with_integerized_feature sparse_column_with_keys "
        "sparse_column_with_vocabulary_file sparse_feature_cross sparse_feature_cross_op "
        "sparse_tensor_py target_column train transform_features weighted_sparse_column "
        "weighted_sum_from_feature_columns"
    ),
    "framework": (
        "BoundedTensorSpec RecordInput convolutional_delta_orthogonal "
        "convolutional_orthogonal_1d convolutional_orthogonal_2d convolutional_orthogonal_3d "
        "deprecated deprecated_arg_values deprecated_args fuse_op "
        "load_and_remap_matrix_initializer load_embedding_initializer "
        "load_linear_multiclass_bias_initializer load_variable_slot_initializer py_func"
    ),
    "losses": "metric_learning",
    "rnn": (
        "BidirectionalGridLSTMCell CompiledWrapper GLSTMCell GridLSTMCell IndRNNCell "
        "IndyGRUCell IndyLSTMCell IntersectionRNNCell LSTMBlockWrapper PhasedLSTMCell SRUCell "
        "TimeFreqLSTMCell"
    ),
    "learn": (
        "BaseEstimator DNNClassifier DNNEstimator DNNLinearCombinedClassifier "
        "DNNLinearCombinedEstimator DNNLinearCombinedRegressor DNNRegressor "
        "DynamicRnnEstimator Estimator Evaluable Experiment ExportStrategy Head InputFnOps "
        "KMeansClustering LinearClassifier LinearEstimator LinearRegressor LogisticRegressor "
        "MetricSpec ModelFnOps NanLossDuringTrainingError NotFittedError PredictionKey "
        "ProblemType RunConfig SKCompat SVM TaskType Trainable binary_svm_head "
        "build_parsing_serving_input_fn evaluate extract_dask_data extract_dask_labels "
        "extract_pandas_data extract_pandas_labels extract_pandas_matrix graph_actions head "
        "infer infer_real_valued_columns_from_input infer_real_valued_columns_from_input_fn "
        "io learn_runner make_export_strategy models monitors multi_class_head multi_head "
        "multi_label_head no_op_train_fn ops poisson_regression_head read_batch_examples "
        "read_batch_features read_batch_record_features read_keyed_batch_examples "
        "read_keyed_batch_examples_shared_queue read_keyed_batch_features "
        "read_keyed_batch_features_shared_queue regression_head run_feeds run_n train utils"
    ),
}


def _in_place(symbol: str) -> Fact:
    return Fact(symbol, f"{V1}.{symbol}", packages=_KERAS, keras=True)


def _cell(name: str) -> Fact:
    return Fact(f"contrib.rnn.{name}", f"{V1}.nn.rnn_cell.{name}", packages=_KERAS, keras=True)


FACTS = {
    fact.symbol: fact
    for fact in (
        _in_place("layers"),
        _in_place("nn.rnn_cell"),
        _in_place("keras"),
        *map(_cell, ("BasicLSTMCell", "LSTMCell", "GRUCell", "BasicRNNCell", "MultiRNNCell")),
        *map(_cell, ("DropoutWrapper", "LSTMStateTuple", "RNNCell", "ResidualWrapper")),
        Fact("contrib.rnn.static_rnn", f"{V1}.nn.static_rnn"),
        Fact("contrib", by_hand="there is no tf.contrib in TensorFlow 2"),
        *(
            Fact(f"contrib.{name}", f"{RUNTIME}.contrib.{name}", packages=_OWN)
            for name in ("layers", "slim", "framework", "learn", "losses")
        ),
        *(
            Fact(f"contrib.{name}", f"{RUNTIME}.contrib.{name}", packages=_BOTH, keras=True)
            for name in ("rnn", "legacy_seq2seq")
        ),
        *(
            Fact(f"contrib.{name}", f"{RUNTIME}.contrib.{name}", packages=_OWN)
            for name in ("training.HParams", "training.parse_values")
        ),
        *(
            Fact(f"contrib.opt.{name}", f"{RUNTIME}.contrib.opt.{name}", packages=(*_OWN, "scipy"))
            for name in ("ScipyOptimizerInterface", "ExternalOptimizerInterface")
        ),
        *(
            Fact(f"contrib.{module}.{name}", by_hand="migrate_vars.tf1 has it not yet")
            for module, names in _LACKING.items()
            for name in names.split()
        ),
        Fact("examples", f"{RUNTIME}.examples", packages=_OWN),
        Fact("estimator", by_hand="TensorFlow 2.16 dropped it"),
    )
}
"""By the symbol."""


def fact_of(member: str) -> Fact | None:
    """Return what is known of a dotted name below ``tensorflow``: of the longest symbol around."""
    while member:
        found = FACTS.get(member)
        if found is not None:
            return found
        member = member.rpartition(".")[0]
    return None


def served(member: str) -> str | None:
    """Return the full dotted name of what serves for a name below ``tensorflow``.

    Returns:
        The name; None where nothing does, or what does is not exact. The modules above what the
        runtime serves are served by it, too.
    """
    fact = fact_of(member)
    if fact is None:
        return f"{V1}.{member}" if member else V1
    if fact.serves and fact.exact:
        return fact.serves + member[len(fact.symbol) :]
    if f"{RUNTIME}.{member}" in _RUNTIME_MODULES:
        return f"{RUNTIME}.{member}"
    return None


def is_as_good(name: str, member: str) -> bool:
    """Tell whether a name is as good as what serves for a symbol: the same by another name."""
    return member.startswith("contrib.rnn.") and name == f"{RUNTIME}.{member}"


def parts_ways(member: str) -> bool:
    """Tell whether something below a name is served elsewhere than the name itself."""
    beginning = f"{member}."
    whole = served(member)
    fact = fact_of(member)
    if fact is not None and not fact.serves and whole is not None:
        return True  # the module is served, but not all that was in it
    return any(
        symbol.startswith(beginning)
        and (whole is None or served(symbol) != whole + symbol[len(member) :])
        for symbol in FACTS
    )


def _modules_of_runtime() -> frozenset[str]:
    """Return the modules of the runtime, and those above them, in which something is served."""
    found: set[str] = set()
    for fact in FACTS.values():
        module = fact.serves
        while module.startswith(f"{RUNTIME}."):
            found.add(module)
            module = module.rpartition(".")[0]
    return frozenset(found)


_RUNTIME_MODULES = _modules_of_runtime()
