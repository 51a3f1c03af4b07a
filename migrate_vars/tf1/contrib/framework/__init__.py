"""``tf.contrib.framework`` of TensorFlow 1.15."""

import tensorflow.compat.v1 as _tf

from . import nest as nest
from .arg_scope import add_arg_scope as add_arg_scope
from .arg_scope import arg_scope as arg_scope
from .arg_scope import arg_scope_func_key as arg_scope_func_key
from .arg_scope import arg_scoped_arguments as arg_scoped_arguments
from .arg_scope import current_arg_scope as current_arg_scope
from .arg_scope import has_arg_scope as has_arg_scope
from .checkpoints import assign_from_checkpoint as assign_from_checkpoint
from .checkpoints import assign_from_checkpoint_fn as assign_from_checkpoint_fn
from .checkpoints import assign_from_values as assign_from_values
from .checkpoints import assign_from_values_fn as assign_from_values_fn
from .checkpoints import init_from_checkpoint as init_from_checkpoint
from .checkpoints import list_variables as list_variables
from .checkpoints import load_checkpoint as load_checkpoint
from .checkpoints import load_variable as load_variable
from .global_step import assert_global_step as assert_global_step
from .global_step import assert_or_get_global_step as assert_or_get_global_step
from .global_step import create_global_step as create_global_step
from .global_step import get_global_step as get_global_step
from .global_step import get_or_create_global_step as get_or_create_global_step
from .tensors import assert_same_float_dtype as assert_same_float_dtype
from .tensors import assert_scalar as assert_scalar
from .tensors import assert_scalar_int as assert_scalar_int
from .tensors import convert_to_tensor_or_sparse_tensor as convert_to_tensor_or_sparse_tensor
from .tensors import get_graph_from_inputs as get_graph_from_inputs
from .tensors import get_name_scope as get_name_scope
from .tensors import get_placeholders as get_placeholders
from .tensors import prepend_name_scope as prepend_name_scope
from .tensors import reduce_sum_n as reduce_sum_n
from .tensors import remove_squeezable_dimensions as remove_squeezable_dimensions
from .tensors import smart_case as smart_case
from .tensors import smart_cond as smart_cond
from .tensors import smart_constant_value as smart_constant_value
from .tensors import strip_name_scope as strip_name_scope
from .tensors import with_same_shape as with_same_shape
from .tensors import with_shape as with_shape
from .variables import VariableDeviceChooser as VariableDeviceChooser
from .variables import add_model_variable as add_model_variable
from .variables import filter_variables as filter_variables
from .variables import get_local_variables as get_local_variables
from .variables import get_model_variables as get_model_variables
from .variables import get_trainable_variables as get_trainable_variables
from .variables import get_unique_variable as get_unique_variable
from .variables import get_variable_full_name as get_variable_full_name
from .variables import get_variables as get_variables
from .variables import get_variables_by_name as get_variables_by_name
from .variables import get_variables_by_suffix as get_variables_by_suffix
from .variables import get_variables_to_restore as get_variables_to_restore
from .variables import global_variable as global_variable
from .variables import local_variable as local_variable
from .variables import model_variable as model_variable
from .variables import variable as variable
from .variables import zero_initializer as zero_initializer

TensorSpec = _tf.TensorSpec
argsort = _tf.argsort
is_tensor = _tf.is_tensor
sort = _tf.sort
