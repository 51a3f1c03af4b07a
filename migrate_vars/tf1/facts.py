"""What serves for each symbol of TensorFlow 1 that ``tensorflow.compat.v1`` lacks: one table.

Pure data: nothing is imported but the standard library.  A row is for a symbol and for all that
lies below it; the row of the longest symbol around a name counts.  A name without a row is in
``compat.v1``.

"Exact" is measured: the symbol was the same object in 1.15.5 as the name that serves, or the cases
in ``tests/tf1`` train alike under 1.15.5 and under 2.x, but for the rounding of kernels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

RUNTIME = "migrate_vars.tf1"
"""Where the modules of this project are that take the place of symbols."""
V1 = "tensorflow.compat.v1"
"""What serves for all the others."""

_KERAS = ("tf_keras",)
_OWN = ("migrate-vars",)
_BOTH = (*_KERAS, *_OWN)
_SLIM = (*_OWN, "tf_slim")


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


class Change(NamedTuple):
    """A symbol that ``compat.v1`` has, and that does not do quite what it did.

    Attributes:
        symbol: Its dotted name below ``tensorflow``.
        differs: What it does otherwise, in words.
        by_hand: What to do about it, in words.
    """

    symbol: str
    differs: str
    by_hand: str = ""


# The parts of ``contrib`` that the runtime has, with the packages that all of their symbols need.
_OWN_MODULES = {
    "crf": _OWN,
    "data": _OWN,
    "distributions": _OWN,
    "eager": _OWN,
    "framework": _OWN,
    "layers": _OWN,
    "learn": _OWN,
    "legacy_seq2seq": _BOTH,
    "lookup": _OWN,
    "losses": _OWN,
    "metrics": _SLIM,
    "opt": (*_OWN, "scipy"),
    "rnn": _BOTH,
    "seq2seq": _BOTH,
    "signal": _OWN,
    "slim": _OWN,
    "staging": _OWN,
    "stateless": _OWN,
    "summary": _OWN,
    "training": _OWN,
    "util": _OWN,
}
_OF_KERAS = frozenset(module for module, needs in _OWN_MODULES.items() if "tf_keras" in needs)

# Names that were the same object in 1.15.5 as one that ``compat.v1`` has: the parts of ``contrib``,
# and in each the old names with the new ones, where these are not in a module of the same name.
_SAME = {
    "rnn": {
        "nn": "static_bidirectional_rnn static_rnn static_state_saving_rnn",
    },
    "data": {
        "data.experimental": (
            "Counter CsvDataset Optional RandomDataset Reducer SqlDataset TFRecordWriter "
            "bucket_by_sequence_length choose_from_datasets copy_to_device dense_to_sparse_batch "
            "enumerate_dataset get_next_as_optional get_single_element group_by_reducer "
            "group_by_window ignore_errors make_batched_features_dataset make_csv_dataset "
            "make_saveable_from_iterator map_and_batch parallel_interleave parse_example_dataset "
            "prefetch_to_device rejection_resample sample_from_datasets scan unbatch unique"
        ),
    },
    "distributions": {
        "distributions": (
            "Bernoulli Beta Categorical Dirichlet DirichletMultinomial Distribution Exponential "
            "FULLY_REPARAMETERIZED Gamma Laplace Multinomial NOT_REPARAMETERIZED Normal RegisterKL "
            "ReparameterizationType StudentT Uniform kl_divergence"
        ),
    },
    "signal": {
        "signal": (
            "frame hamming_window hann_window inverse_stft inverse_stft_window_fn "
            "linear_to_mel_weight_matrix mfccs_from_log_mel_spectrograms overlap_and_add stft"
        ),
    },
    "util": {"": "make_ndarray make_tensor_proto"},
    # Of these the runtime has no modules.
    "cluster_resolver": {
        "distribute.cluster_resolver": (
            "ClusterResolver GCEClusterResolver KubernetesClusterResolver SimpleClusterResolver "
            "SlurmClusterResolver TFConfigClusterResolver TPUClusterResolver"
        ),
    },
    "distribute": {
        "distribute": (
            "CrossDeviceOps OneDeviceStrategy ReplicaContext get_loss_reduction "
            "get_replica_context get_strategy has_strategy in_cross_replica_context"
        ),
    },
    "nn": {"nn": "conv1d_transpose"},
    "proto": {"io": "decode_proto encode_proto"},
    "tpu": {
        "tpu": (
            "CrossShardOptimizer batch_parallel bfloat16_scope core cross_replica_sum "
            "initialize_system outside_compilation replicate rewrite shard shutdown_system"
        ),
    },
}
_CELLS = (
    "BasicLSTMCell BasicRNNCell DeviceWrapper DropoutWrapper GRUCell LSTMCell LSTMStateTuple "
    "MultiRNNCell RNNCell ResidualWrapper"
)

_FEATURE_COLUMNS = (
    "use tf.feature_column: the columns of contrib are older, and make other variables"
)
_ESTIMATORS = "TensorFlow 2.16 dropped Estimators: write the training loop with a session"
_PROBABILITY = (
    "the package tensorflow_probability has a class of this name, with other arguments and draws"
)
_QUEUES = "it reads by queues of TensorFlow 1: use tf.data"
_RARE = "migrate_vars.tf1 does not have it: copy what the program needs into it"

# What the runtime's modules lack of those of TensorFlow 1.15, and what to do about it.
_LACKING: dict[str, dict[str, str]] = {
    "crf": {_RARE: "CrfDecodeBackwardRnnCell CrfDecodeForwardRnnCell CrfForwardRnnCell"},
    "data": {
        "use tf.data.experimental.AUTOTUNE": "AUTOTUNE",
        "TensorFlow 2 has no reader of LMDB": "LMDBDataset",
        "use tf.data.experimental.make_batched_features_dataset": "read_batch_features",
        "use Dataset.window": "sliding_window_batch",
        _ESTIMATORS: "CheckpointInputPipelineHook",
        "use Dataset.from_tensor_slices of tf.data": "Dataset Iterator",
    },
    "distributions": {
        "use Normal, and sum what log_prob gives over the last dimension": (
            "MultivariateNormalDiag MultivariateNormalDiagWithSoftplusScale"
        ),
        "use Normal(loc, tf.nn.softplus(scale))": "NormalWithSoftplusScale",
        _PROBABILITY: (
            "Autoregressive BatchReshape BetaWithSoftplusConcentration Binomial Cauchy Chi2 "
            "Chi2WithAbsDf ConditionalDistribution ConditionalTransformedDistribution "
            "Deterministic ExpRelaxedOneHotCategorical ExponentialWithSoftplusRate "
            "GammaWithSoftplusConcentrationRate Geometric HalfNormal Independent InverseGamma "
            "InverseGammaWithSoftplusConcentrationRate Kumaraswamy LaplaceWithSoftplusScale "
            "Logistic Mixture MixtureSameFamily MultivariateNormalDiagPlusLowRank "
            "MultivariateNormalFullCovariance MultivariateNormalTriL NegativeBinomial "
            "OneHotCategorical Poisson PoissonLogNormalQuadratureCompound QuantizedDistribution "
            "RelaxedBernoulli RelaxedOneHotCategorical SeedStream SinhArcsinh "
            "StudentTWithAbsDfSoftplusScale TransformedDistribution VectorDeterministic "
            "VectorDiffeomixture VectorExponentialDiag VectorLaplaceDiag VectorSinhArcsinhDiag "
            "WishartCholesky WishartFull assign_log_moving_mean_exp assign_moving_mean_variance "
            "auto_correlation bijectors fill_triangular fill_triangular_inverse "
            "matrix_diag_transform moving_mean_variance normal_conjugates_known_scale_posterior "
            "normal_conjugates_known_scale_predictive percentile "
            "quadrature_scheme_lognormal_gauss_hermite quadrature_scheme_lognormal_quantiles "
            "quadrature_scheme_softmaxnormal_gauss_hermite "
            "quadrature_scheme_softmaxnormal_quantiles reduce_weighted_logsumexp softplus_inverse "
            "tridiag"
        ),
        _ESTIMATORS: "estimator_head_distribution_regression",
    },
    "eager": {
        "use tf.keras.Model": "Network Sequential",
        "use tf.train.Checkpoint": (
            "Checkpoint Checkpointable EagerVariableStore Saver get_optimizer_variables "
            "restore_network_checkpoint restore_variables_on_create save_network_checkpoint"
        ),
        _RARE: (
            "ASYNC DEVICE_PLACEMENT_EXPLICIT DEVICE_PLACEMENT_SILENT DEVICE_PLACEMENT_WARN "
            "ExecutionCallback SYNC add_execution_callback async_clear_error async_wait "
            "clear_execution_callbacks connect_to_remote_host enable_remote_eager_execution "
            "errstate execution_mode inf_callback inf_nan_callback metrics nan_callback python run "
            "run_all_tests_in_graph_and_eager_modes run_test_in_graph_and_eager_modes "
            "set_execution_mode set_server_def seterr"
        ),
    },
    "framework": {
        "use tf.py_func": "py_func",
        "use tf.initializers": (
            "convolutional_delta_orthogonal convolutional_orthogonal_1d "
            "convolutional_orthogonal_2d convolutional_orthogonal_3d"
        ),
        "take the decorator away": "deprecated deprecated_arg_values deprecated_args",
        _QUEUES: "RecordInput",
        "use tf.train.init_from_checkpoint": (
            "load_and_remap_matrix_initializer load_embedding_initializer "
            "load_linear_multiclass_bias_initializer load_variable_slot_initializer"
        ),
        _RARE: "BoundedTensorSpec fuse_op",
    },
    "layers": {
        _FEATURE_COLUMNS: (
            "SPARSE_FEATURE_CROSS_DEFAULT_HASH_KEY bucketized_column check_feature_columns "
            "create_feature_spec_for_parsing crossed_column embedding_column feature_column "
            "infer_real_valued_columns input_from_feature_columns "
            "joint_weighted_sum_from_feature_columns make_place_holder_tensors_for_base_features "
            "one_hot_column parse_feature_columns_from_examples "
            "parse_feature_columns_from_sequence_examples real_valued_column "
            "scattered_embedding_column sequence_input_from_feature_columns "
            "shared_embedding_columns sparse_column_with_hash_bucket "
            "sparse_column_with_integerized_feature sparse_column_with_keys "
            "sparse_column_with_vocabulary_file transform_features weighted_sparse_column "
            "weighted_sum_from_feature_columns"
        ),
        _ESTIMATORS: "multi_class_target regression_target",
        _RARE: "GDN RevBlock gdn recompute_grad rev_block",
    },
    "learn": {
        _ESTIMATORS: (
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
            "multi_label_head no_op_train_fn ops poisson_regression_head regression_head run_feeds "
            "run_n train utils"
        ),
        _QUEUES: (
            "read_batch_examples read_batch_features read_batch_record_features "
            "read_keyed_batch_examples read_keyed_batch_examples_shared_queue "
            "read_keyed_batch_features read_keyed_batch_features_shared_queue"
        ),
    },
    "losses": {_RARE: "metric_learning"},
    "opt": {
        "it is for training on several machines, which is not rewritten": (
            "AGNCustomGetter AGNOptimizer DropStaleGradientOptimizer ElasticAverageCustomGetter "
            "ElasticAverageOptimizer ModelAverageCustomGetter ModelAverageOptimizer"
        ),
        _RARE: (
            "AdaMaxOptimizer AdamGSOptimizer AdamWOptimizer AddSignOptimizer "
            "DecoupledWeightDecayExtension GGTOptimizer LARSOptimizer LazyAdamGSOptimizer "
            "LazyAdamOptimizer MomentumWOptimizer MovingAverageOptimizer MultitaskOptimizerWrapper "
            "NadamOptimizer PowerSignOptimizer RegAdagradOptimizer ShampooOptimizer "
            "VariableClippingOptimizer clip_gradients_by_global_norm "
            "extend_with_decoupled_weight_decay"
        ),
    },
    "rnn": {
        _RARE: (
            "BidirectionalGridLSTMCell CompiledWrapper GLSTMCell GridLSTMCell IndRNNCell "
            "IndyGRUCell IndyLSTMCell IntersectionRNNCell LSTMBlockWrapper PhasedLSTMCell SRUCell "
            "TimeFreqLSTMCell"
        ),
    },
    "seq2seq": {
        "beam search is not part of training: migrate_vars.tf1 does not have it": (
            "BeamSearchDecoder BeamSearchDecoderOutput BeamSearchDecoderState "
            "FinalBeamSearchDecoderOutput gather_tree"
        ),
        _RARE: (
            "BahdanauMonotonicAttention LuongMonotonicAttention ScheduledOutputTrainingHelper "
            "monotonic_attention safe_cumprod"
        ),
        "TensorFlow 1.15 does not have it either": (
            "attention_decoder_fn_inference attention_decoder_fn_train dynamic_rnn_decoder "
            "prepare_attention simple_decoder_fn_inference simple_decoder_fn_train"
        ),
    },
    "slim": {
        _FEATURE_COLUMNS: (
            "SPARSE_FEATURE_CROSS_DEFAULT_HASH_KEY bucketization_op bucketize bucketized_column "
            "check_feature_columns create_feature_spec_for_parsing crossed_column embedding_column "
            "feature_column feature_column_ops infer_real_valued_columns "
            "input_from_feature_columns joint_weighted_sum_from_feature_columns "
            "make_place_holder_tensors_for_base_features one_hot_column "
            "parse_feature_columns_from_examples parse_feature_columns_from_sequence_examples "
            "real_valued_column scattered_embedding_column scattered_embedding_lookup "
            "scattered_embedding_lookup_sparse sequence_input_from_feature_columns "
            "shared_embedding_columns sparse_column_with_hash_bucket "
            "sparse_column_with_integerized_feature sparse_column_with_keys "
            "sparse_column_with_vocabulary_file sparse_feature_cross sparse_feature_cross_op "
            "transform_features weighted_sparse_column weighted_sum_from_feature_columns"
        ),
        "the models of the package tf_slim use its own layers, which fail on TensorFlow 2.16": (
            "nets"
        ),
        _RARE: (
            "DataFrameColumn GDN InputLayer ProblemType RevBlock adaptive_clipping_fn "
            "binary_svm_target checkpoint_utils contrib_framework contrib_sparse_ops "
            "contrib_variables deprecated deprecated_arg_values "
            "embedding_lookup_sparse_with_distributed_aggregation encoders experimental fc fc_core "
            "gdn gen_sparse_feature_cross_op get_default_binary_metrics_for_eval loader loss_ops "
            "make_all multi_class_target optimizer_ recompute_grad regression_target "
            "resource_variable_ops rev_block rev_block_lib sparse_tensor_py target_column train"
        ),
    },
    "summary": {_RARE: "create_db_writer"},
    "training": {
        _QUEUES: (
            "FeedingQueueRunner NextQueuedSequenceBatch SequenceQueueingStateSaver "
            "batch_sequences_with_states bucket bucket_by_sequence_length rejection_sample "
            "resample_at_rate stratified_sample weighted_resample"
        ),
        "it is for training on several machines, which is not rewritten": (
            "GreedyLoadBalancingStrategy RandomStrategy byte_size_load_fn"
        ),
    },
    "util": {_RARE: "loader ops_used_by_graph_def stripped_op_list_for_graph"},
}
# What the modules of the runtime take from tf_slim, which must be there when it is used.
_OF_SLIM = {
    "slim": (
        "data_decoder data_provider dataset dataset_data_provider evaluation learning metrics "
        "parallel_reader prefetch_queue queues tfexample_decoder"
    ),
    "training": (
        "StopAfterNEvalsHook SummaryAtEndHook add_gradients_summaries checkpoints_iterator "
        "clip_gradient_norms clip_gradient_norms_fn create_train_op evaluate_once "
        "evaluate_repeatedly get_or_create_eval_step multiply_gradients train "
        "wait_for_new_checkpoint"
    ),
}

# Modules below ``contrib`` that were never public, and from which many programs import.
_DEEP = {
    "contrib.crf.python.ops.crf": "contrib.crf",
    "contrib.framework.python.ops": "contrib.framework",
    "contrib.framework.python.ops.arg_scope": "contrib.framework.arg_scope",
    "contrib.framework.python.ops.variables": "contrib.framework.variables",
    "contrib.layers.python.layers": "contrib.layers",
    "contrib.layers.python.layers.initializers": "contrib.layers.initializers",
    "contrib.layers.python.layers.layers": "contrib.layers",
    "contrib.layers.python.layers.normalization": "contrib.layers",
    "contrib.layers.python.layers.optimizers": "contrib.layers.optimizers",
    "contrib.layers.python.layers.regularizers": "contrib.layers.regularizers",
    "contrib.layers.python.layers.summaries": "contrib.layers.summaries",
    "contrib.layers.python.layers.utils": "contrib.layers.utils",
    "contrib.learn.python.learn.datasets": "contrib.learn.datasets",
    "contrib.learn.python.learn.datasets.base": "contrib.learn.datasets.base",
    "contrib.learn.python.learn.datasets.mnist": "contrib.learn.datasets.mnist",
    "contrib.learn.python.learn.preprocessing": "contrib.learn.preprocessing",
    "contrib.learn.python.learn.preprocessing.text": "contrib.learn.preprocessing",
    "contrib.legacy_seq2seq.python.ops.seq2seq": "contrib.legacy_seq2seq",
    "contrib.opt.python.training.external_optimizer": "contrib.opt",
    "contrib.seq2seq.python.ops.attention_wrapper": "contrib.seq2seq",
    "contrib.seq2seq.python.ops.basic_decoder": "contrib.seq2seq",
    "contrib.seq2seq.python.ops.decoder": "contrib.seq2seq",
    "contrib.seq2seq.python.ops.helper": "contrib.seq2seq",
    "contrib.seq2seq.python.ops.loss": "contrib.seq2seq",
    "contrib.training.python.training.hparam": "contrib.training",
}
_NOT_DEEP = (
    *("crf", "eager", "framework", "layers", "learn", "legacy_seq2seq", "lookup", "losses"),
    *(
        "metrics",
        "opt",
        "rnn",
        "seq2seq",
        "slim",
        "summary",
        "training",
        "util",
        "data",
        "distributions",
    ),
)

# Names that left ``tensorflow.python`` for elsewhere in it, and that are public.
_MOVED = {
    "framework.graph_util.convert_variables_to_constants": (
        "graph_util.convert_variables_to_constants"
    ),
    "framework.ops.IndexedSlices": "IndexedSlices",
    "framework.ops.Tensor": "Tensor",
    "ops.array_ops.stack": "stack",
    "ops.array_ops.unstack": "unstack",
    "ops.control_flow_ops.Assert": "Assert",
    "ops.control_flow_ops.cond": "cond",
    "ops.control_flow_ops.while_loop": "while_loop",
    "pywrap_tensorflow.NewCheckpointReader": "train.NewCheckpointReader",
    "util.nest.is_sequence": "nest.is_nested",
}

# Modules that nothing serves.
_GONE = {
    "autograph": "take it away: graphs are built by the statements themselves",
    "batching": _RARE,
    "bayesflow": "use the package tensorflow_probability",
    "boosted_trees": _ESTIMATORS,
    "checkpoint": "use tf.train.Checkpoint",
    "cloud": "it reads from one cloud's services only",
    "cluster_resolver": "use tf.distribute.cluster_resolver",
    "compiler": "use tf.xla.experimental",
    "constrained_optimization": _RARE,
    "copy_graph": _RARE,
    "cudnn_rnn": "use the cells of tf.nn.rnn_cell: the variables are packed otherwise",
    "deprecated": "use tf.summary",
    "distribute": "use tf.distribute",
    "estimator": _ESTIMATORS,
    "factorization": "use KMeans of scikit-learn, or write it out: the ops are gone",
    "feature_column": _FEATURE_COLUMNS,
    "ffmpeg": "the ops are gone",
    "graph_editor": "the module is gone",
    "grid_rnn": _RARE,
    "image": "the ops have other names: use tf.raw_ops.ImageProjectiveTransformV3",
    "input_pipeline": "the ops are gone",
    "integrate": "use scipy.integrate, or write it out",
    "kernel_methods": _ESTIMATORS,
    "labeled_tensor": _RARE,
    "linalg": "use tf.linalg",
    "linear_optimizer": _ESTIMATORS,
    "memory_stats": "the ops are gone",
    "mixed_precision": "use tf.train.experimental",
    "model_pruning": "use the package tensorflow_model_optimization",
    "nccl": "use tf.distribute",
    "nn": _RARE,
    "optimizer_v2": "use the optimizers of tf.train",
    "periodic_resample": "the ops are gone",
    "predictor": "use tf.saved_model.loader",
    "proto": "use tf.io.decode_proto and tf.io.encode_proto",
    "quantization": "use tf.quantization",
    "quantize": "use the package tensorflow_model_optimization",
    "receptive_field": _RARE,
    "recurrent": _RARE,
    "reduce_slice_ops": "the ops are gone",
    "remote_fused_graph": "the ops are gone",
    "resampler": "the ops are gone",
    "rpc": "the ops are gone",
    "saved_model": "use tf.saved_model",
    "solvers": _RARE,
    "sparsemax": _RARE,
    "specs": _RARE,
    "stat_summarizer": "the ops are gone",
    "tensor_forest": "the ops are gone: use the package tensorflow_decision_forests",
    "testing": _RARE,
    "tfprof": "use tf.profiler",
    "timeseries": _ESTIMATORS,
    "tpu": "it is for one kind of processors: use tf.distribute.TPUStrategy",
}


def _same() -> Iterator[Fact]:
    for module, places in _SAME.items():
        for place, names in places.items():
            inner = f"{V1}.{place}" if place else V1
            for name in names.split():
                yield Fact(f"contrib.{module}.{name}", f"{inner}.{name}")
    for name in _CELLS.split():
        serves = f"{V1}.nn.rnn_cell.{name}"
        yield Fact(f"contrib.rnn.{name}", serves, packages=_KERAS, keras=True)


def _modules() -> Iterator[Fact]:
    yield Fact("contrib", by_hand="there is no tf.contrib in TensorFlow 2")
    for module, packages in _OWN_MODULES.items():
        keras = module in _OF_KERAS
        symbol = f"contrib.{module}"
        yield Fact(symbol, f"{RUNTIME}.{symbol}", packages=packages, keras=keras)
    for module, names in _OF_SLIM.items():
        for name in names.split():
            symbol = f"contrib.{module}.{name}"
            yield Fact(symbol, f"{RUNTIME}.{symbol}", packages=_SLIM)
    projector = "contrib.tensorboard.plugins.projector"
    yield Fact(projector, f"{RUNTIME}.{projector}", packages=(*_OWN, "tensorboard"))
    yield Fact("contrib.keras", f"{V1}.keras", packages=_KERAS, keras=True)


def _not_deep() -> Iterator[Fact]:
    for module in _NOT_DEEP:
        yield Fact(f"contrib.{module}.python", by_hand="it was no public module")
    for symbol, serves in _DEEP.items():
        packages = _OWN_MODULES[serves.split(".")[1]]
        yield Fact(symbol, f"{RUNTIME}.{serves}", packages=packages, keras="tf_keras" in packages)


def _lacking() -> Iterator[Fact]:
    for module, reasons in _LACKING.items():
        for by_hand, names in reasons.items():
            for name in names.split():
                yield Fact(f"contrib.{module}.{name}", by_hand=by_hand)
    for module, by_hand in _GONE.items():
        yield Fact(f"contrib.{module}", by_hand=by_hand)


def _others() -> Iterator[Fact]:
    for symbol in ("layers", "nn.rnn_cell", "keras"):
        yield Fact(symbol, f"{V1}.{symbol}", packages=_KERAS, keras=True)
    for module in ("convolutional", "core", "normalization", "pooling"):
        serves = f"{V1}.layers"
        yield Fact(f"python.layers.{module}", serves, packages=_KERAS, keras=True)
    for symbol, name in _MOVED.items():
        yield Fact(f"python.{symbol}", f"{V1}.{name}")
    yield Fact("examples", f"{RUNTIME}.examples", packages=_OWN)
    yield Fact("estimator", by_hand=_ESTIMATORS)
    for symbol, by_hand in {
        "config.experimental_list_devices": "use tf.config.list_logical_devices",
        "data.experimental.CheckpointInputPipelineHook": _ESTIMATORS,
        "data.experimental.MapVectorizationOptions": "take it away: it made pipelines faster only",
        "data.experimental.StatsAggregator": "take it away: it measured pipelines only",
        "data.experimental.StatsOptions": "take it away: it measured pipelines only",
        "data.experimental.bytes_produced_stats": "take it away: it measured pipelines only",
        "data.experimental.latency_stats": "take it away: it measured pipelines only",
        "keras.estimator": _ESTIMATORS,
        "keras.experimental.LinearCosineDecay": "use tf.train.linear_cosine_decay",
        "keras.experimental.NoisyLinearCosineDecay": "use tf.train.noisy_linear_cosine_decay",
        "keras.experimental.PeepholeLSTMCell": "use tf.nn.rnn_cell.LSTMCell(use_peepholes=True)",
        "keras.experimental.export_saved_model": "use Model.save",
        "keras.experimental.load_from_saved_model": "use tf.keras.models.load_model",
        "keras.experimental.terminate_keras_multiprocessing_pools": "take it away",
        "keras.mixed_precision.experimental": "use tf.keras.mixed_precision",
        "keras.utils.HDF5Matrix": "read the file with h5py",
        "keras.utils.convert_all_kernels_in_model": "it was for Theano",
        "keras.utils.multi_gpu_model": "use tf.distribute.MirroredStrategy",
        "keras.wrappers": "use the package scikeras",
        "lite.experimental.get_potentially_supported_ops": "it has no successor",
        "lite.experimental.nn": "use the cells of tf.nn.rnn_cell",
        "raw_ops.CompareAndBitpack": "use tf.math.greater and pack the bits",
        "tpu.experimental.AdagradParameters": "use tf.compat.v1.tpu.experimental.embedding",
        "tpu.experimental.AdamParameters": "use tf.compat.v1.tpu.experimental.embedding",
        "tpu.experimental.StochasticGradientDescentParameters": (
            "use tf.compat.v1.tpu.experimental.embedding"
        ),
    }.items():
        yield Fact(symbol, by_hand=by_hand)
    for optimizer in (
        *("ADAM", "Adadelta", "Adagrad", "FTRL", "Momentum", "ProximalAdagrad", "RMSProp"),
        "StochasticGradientDescent",
    ):
        for name in (
            f"LoadTPUEmbedding{optimizer}ParametersGradAccumDebug",
            f"RetrieveTPUEmbedding{optimizer}ParametersGradAccumDebug",
        ):
            yield Fact(f"raw_ops.{name}", by_hand="it was for debugging one kind of processors")


def _table(*groups: Iterable[Fact]) -> dict[str, Fact]:
    """The rows by their symbols; the later of two for one symbol counts."""
    return {fact.symbol: fact for group in groups for fact in group}


FACTS = _table(_modules(), _same(), _lacking(), _not_deep(), _others())
"""By the symbol."""

CHANGES = tuple(
    Change(*row)
    for row in (
        (
            "nn.fused_batch_norm",
            "1.15 takes an epsilon below 1.001e-5 for 1.001e-5, TensorFlow 2 takes it as it is",
            "write epsilon=1.001e-5, where it is less",
        ),
        (
            "layers.batch_normalization",
            "images with an epsilon below 1.001e-5 are normalized otherwise, as by "
            "nn.fused_batch_norm",
            "write epsilon=1.001e-5, where it is less",
        ),
        (
            "nn.dropout",
            "the op that gives the result is another one, so that its name is, too; values are "
            "the same",
        ),
        (
            "nn.dynamic_rnn",
            "with dropout in the cell, TensorFlow 2 may draw for a later step first: the numbers "
            "are the same, but for other steps",
            "write parallel_iterations=1",
        ),
        (
            "data.Dataset.shuffle",
            "before repeat, it shuffles otherwise, whatever the seed",
        ),
    )
)
"""Symbols that both have, with what was seen to differ between 1.15.5 and 2.21."""
