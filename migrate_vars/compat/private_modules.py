"""Modules below ``tensorflow`` that are no public API, and are gone since TensorFlow 1.15.

Found by comparing the files of TensorFlow 1.15.5 and 2.21. A module stands for all that lies
below it. ``tensorflow.python`` was never public, but many programs import from it.
"""

from __future__ import annotations

_MODULES = {
    "core": "kernels",
    "core.framework": "remote_fused_graph_execute_info_pb2",
    "core.profiler": "op_profile_pb2 profiler_analysis_pb2 profiler_service_pb2",
    "core.protobuf": "data graph_debug_info_pb2 trace_events_pb2",
    "core.protobuf.tpu": "tpu_embedding_output_layout_pb2",
    "python": "estimator pywrap_tensorflow_internal",
    "python.autograph.converters": "arg_defaults function_scopes list_comprehensions",
    "python.autograph.core": "naming",
    "python.autograph.operators": "special_values symbols",
    "python.autograph.pyct": "compiler",
    "python.autograph.utils": "py_func type_check",
    "python.data.experimental.ops": (
        "distribute_options optimization optimization_options sleep stats_aggregator "
        "stats_ops stats_options threading_options threadpool"
    ),
    "python.debug.cli": "curses_ui curses_widgets",
    "python.distribute": (
        "all_reduce distribution_strategy_context estimator_training model_collection "
        "model_combinations"
    ),
    "python.eager": "execution_callbacks profiler profiler_client",
    "python.feature_column": "dense_features dense_features_v2",
    "python.framework": "composite_tensor_utils tensor_like",
    "python.keras": ("api applications datasets estimator ops premade preprocessing wrappers"),
    "python.keras.distribute": "multi_worker_training_state",
    "python.keras.engine": (
        "base_preprocessing_layer_v1 network training_arrays training_distributed "
        "training_eager training_generator training_v2 training_v2_utils"
    ),
    "python.keras.layers": (
        "cudnn_recurrent kernelized local noise normalization normalization_v2 preprocessing "
        "recurrent_v2 wrappers"
    ),
    "python.keras.mixed_precision": "experimental",
    "python.keras.utils": "multi_gpu_utils",
    "python.ops": ("gen_tensor_forest_ops gen_user_ops rnn_cell_wrapper_impl tensor_forest_ops"),
    "python.ops.distributions": "transformed_distribution",
    "python.ops.linalg": (
        "adjoint_registrations cholesky_registrations inverse_registrations "
        "linear_operator_algebra matmul_registrations registrations_util solve_registrations"
    ),
    "python.ops.losses": "loss_reduction",
    "python.platform": "control_imports parameterized status_bar",
    "python.profiler": "profile_context",
    "python.tpu": (
        "_tpu_estimator_embedding async_checkpoint error_handling profiler session_support "
        "tpu_config tpu_context tpu_embedding tpu_embedding_gradient tpu_estimator util"
    ),
    "python.training": (
        "distribute distribution_strategy_context gen_training_ops tensorboard_logging "
        "tracking training_ops"
    ),
    "python.training.saving": "functional_saver",
    "python.util": "compat_internal deprecation_wrapper future_api memory",
}

# Functions and classes that left a module which is still there.
_NAMES = {
    "python.data.experimental.ops.iterator_ops": "CheckpointInputPipelineHook",
    "python.data.ops.dataset_ops": (
        "AutotuneAlgorithm CacheDataset ConcatenateDataset FilterDataset FlatMapDataset "
        "InterleaveDataset MapDataset Options PaddedBatchDataset ParallelInterleaveDataset "
        "ParallelMapDataset RangeDataset ShardDataset SkipDataset SparseTensorSliceDataset "
        "TakeDataset TensorDataset TensorSliceDataset WindowDataset ZipDataset"
    ),
    "python.data.ops.iterator_ops": "IteratorResourceDeleter IteratorV2",
    "python.data.ops.multi_device_iterator_ops": (
        "MultiDeviceIteratorResourceDeleter MultiDeviceIteratorV2"
    ),
    "python.distribute.combinations": "NamedGPUCombination NamedTPUCombination",
    "python.distribute.cross_device_ops": (
        "MultiWorkerAllReduce choose_the_best get_device_map_from"
    ),
    "python.distribute.cross_device_utils": (
        "build_collective_gather build_collective_reduce contains_indexed_slices "
        "extract_ranges group_device_names pack_range pack_small_tensors split_grads_by_size "
        "sum_grad_and_var_all_reduce sum_gradients_all_reduce unpack_grad_tuple "
        "unpack_small_tensors"
    ),
    "python.distribute.distribute_lib": (
        "create_mirrored_variable get_loss_reduction get_update_device"
    ),
    "python.distribute.input_lib": (
        "DatasetIterator DistributedDatasetV1 DistributedDatasetsFromFunctionV1 "
        "DistributedIteratorV1 InputFunctionIterator get_distributed_dataset "
        "get_distributed_datasets_from_function"
    ),
    "python.distribute.mirrored_strategy": "MirroredReplicaContext",
    "python.distribute.parameter_server_strategy": "ParameterServerStrategy",
    "python.distribute.strategy_combinations": (
        "distributions_and_v1_and_v2_optimizers distributions_and_v1_optimizers "
        "distributions_and_v2_optimizers"
    ),
    "python.distribute.tpu_strategy": "get_tpu_system_metadata",
    "python.distribute.values": (
        "AggregatingVariable DeviceMap ReplicaDeviceMap SingleDeviceMap TPUMirroredVariable "
        "TPUSyncOnReadVariable TPUVariableMixin WorkerDeviceMap is_distributed_variable "
        "regroup select_device_mirrored select_replica update_regroup validate_colocate "
        "validate_colocate_distributed_variable value_container"
    ),
    "python.feature_column.feature_column_v2": "FeatureColumn LinearModel",
    "python.feature_column.sequence_feature_column": "SequenceFeatures",
    "python.framework.common_shapes": (
        "avg_pool_shape call_cpp_shape_fn conv2d_shape depthwise_conv2d_native_shape "
        "get2d_conv_output_size get_conv_output_size has_fully_defined_shape matmul_shape "
        "max_pool_shape no_outputs rank scalar_shape separable_conv2d_shape unchanged_shape "
        "unchanged_shape_with_rank unchanged_shape_with_rank_at_least "
        "unchanged_shape_with_rank_at_most unknown_shape"
    ),
    "python.framework.config": (
        "get_virtual_device_configuration set_virtual_device_configuration"
    ),
    "python.framework.error_interpolation": (
        "compute_field_dict interpolate traceback_files_common_prefix"
    ),
    "python.framework.func_graph": "check_mutation maybe_captured",
    "python.framework.function": "function_def_from_tf_function",
    "python.framework.graph_util_impl": "convert_variables_to_constants",
    "python.framework.op_callbacks": "op_callback",
    "python.framework.op_def_library": "OpDefLibrary",
    "python.framework.op_def_registry": "get_registered_ops register_op_list",
    "python.framework.ops": (
        "IndexedSlices RegisterShape Tensor convert_to_tensor_v2 default_session "
        "disable_tensor_equality enable_tensor_equality enter_eager_name_scope "
        "register_dense_tensor_like_type"
    ),
    "python.framework.tensor_shape": "matrix scalar vector",
    "python.framework.tensor_util": "maybe_set_static_shape shape_tensor",
    "python.layers.normalization": "BatchNormalization batch_normalization",
    "python.layers.utils": "get_reachable_from_inputs object_list_uid static_shape",
    "python.ops.control_flow_state": "ZerosLikeOutsideLoop",
    "python.ops.control_flow_v2_toggles": "output_all_intermediates",
    "python.ops.custom_gradient": "copy_handle_data get_dependent_variables",
    "python.ops.functional_ops": "partitioned_call",
    "python.ops.gradients_util": "IsTrainable",
    "python.ops.linalg.linear_operator_util": (
        "cholesky_solve_with_broadcast matrix_triangular_solve_with_broadcast"
    ),
    "python.ops.nn_impl": ("compute_average_loss l2_normalize_v2 scale_regularization_loss"),
    "python.ops.ragged.ragged_dispatch": (
        "BinaryRaggedElementwiseDispatcher RaggedDispatcher UnaryRaggedElementwiseDispatcher "
        "register_dispatchers"
    ),
    "python.ops.summary_ops_v2": (
        "NoopSummaryWriter ResourceSummaryWriter create_db_writer keras_model"
    ),
    "python.ops.variable_scope": (
        "default_variable_creator default_variable_creator_v2 disable_resource_variables "
        "enable_resource_variables resource_variables_enabled"
    ),
    "python.ops.variables": (
        "AbstractVariable AbstractVariableMetaclass RefVariable VariableV1 "
        "default_variable_creator is_variable_initialized"
    ),
    "python.saved_model.load": "load_internal",
    "python.saved_model.nested_structure_coder": "StructureCoder",
    "python.saved_model.signature_serialization": "validate_saveable_view",
    "python.saved_model.utils_impl": (
        "get_assets_dir get_or_create_assets_dir get_or_create_variables_dir "
        "get_variables_dir get_variables_path"
    ),
    "python.training.checkpoint_management": (
        "CheckpointManager checkpoint_exists checkpoint_exists_internal "
        "generate_checkpoint_state_proto get_checkpoint_mtimes get_checkpoint_state "
        "latest_checkpoint meta_graph_filename remove_checkpoint update_checkpoint_state "
        "update_checkpoint_state_internal"
    ),
    "python.training.experimental.loss_scale": "get_loss_scale_weights",
    "python.training.experimental.mixed_precision": (
        "disable_mixed_precision_graph_rewrite enable_mixed_precision_graph_rewrite"
    ),
    "python.util.deprecation": "DeprecatedNamesAlreadySet",
    "python.util.tf_export": "SymbolAlreadyExposedError",
    "python.util.tf_should_use": "must_use_result_or_fatal",
    "python.util.tf_stack": "convert_stack",
}

GONE = frozenset(
    f"{module}.{name}"
    for table in (_MODULES, _NAMES)
    for module, names in table.items()
    for name in names.split()
)
"""Dotted names below ``tensorflow``."""


def is_private(member: str) -> bool:
    """Tell whether a dotted name below ``tensorflow`` lies in no public module."""
    return member.partition(".")[0] in ("python", "core", "compiler", "tools", "lite")


def gone(member: str) -> str:
    """Return what of a dotted name is gone; "" if it is still there, as far as is known."""
    while member:
        if member in GONE:
            return member
        member = member.rpartition(".")[0]
    return ""
