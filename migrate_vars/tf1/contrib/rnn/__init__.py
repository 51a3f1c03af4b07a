"""``tf.contrib.rnn`` of TensorFlow 1.15.

The cells of ``tf.nn.rnn_cell`` are those of tf_keras, which TensorFlow uses where the environment
variable TF_USE_LEGACY_KERAS is 1 before it is imported.
"""

import tensorflow.compat.v1 as _tf

from .base import LayerRNNCell as LayerRNNCell
from .base import LSTMStateTuple as LSTMStateTuple
from .base import RNNCell as RNNCell
from .base import rnn_cell as _rnn_cell
from .bidirectional import best_effort_input_batch_size as best_effort_input_batch_size
from .bidirectional import stack_bidirectional_dynamic_rnn as stack_bidirectional_dynamic_rnn
from .bidirectional import stack_bidirectional_rnn as stack_bidirectional_rnn
from .bidirectional import transpose_batch_time as transpose_batch_time
from .cells import CoupledInputForgetGateLSTMCell as CoupledInputForgetGateLSTMCell
from .cells import GRUBlockCell as GRUBlockCell
from .cells import GRUBlockCellV2 as GRUBlockCellV2
from .cells import LayerNormBasicLSTMCell as LayerNormBasicLSTMCell
from .cells import LSTMBlockCell as LSTMBlockCell
from .cells import NASCell as NASCell
from .cells import UGRNNCell as UGRNNCell
from .convolutional import Conv1DLSTMCell as Conv1DLSTMCell
from .convolutional import Conv2DLSTMCell as Conv2DLSTMCell
from .convolutional import Conv3DLSTMCell as Conv3DLSTMCell
from .convolutional import ConvLSTMCell as ConvLSTMCell
from .fused import FusedRNNCell as FusedRNNCell
from .fused import FusedRNNCellAdaptor as FusedRNNCellAdaptor
from .fused import LSTMBlockFusedCell as LSTMBlockFusedCell
from .fused import TimeReversedFusedRNN as TimeReversedFusedRNN
from .wrappers import AttentionCellWrapper as AttentionCellWrapper
from .wrappers import EmbeddingWrapper as EmbeddingWrapper
from .wrappers import HighwayWrapper as HighwayWrapper
from .wrappers import InputProjectionWrapper as InputProjectionWrapper
from .wrappers import OutputProjectionWrapper as OutputProjectionWrapper

BasicLSTMCell = _rnn_cell.BasicLSTMCell
BasicRNNCell = _rnn_cell.BasicRNNCell
DeviceWrapper = _rnn_cell.DeviceWrapper
DropoutWrapper = _rnn_cell.DropoutWrapper
GRUCell = _rnn_cell.GRUCell
LSTMCell = _rnn_cell.LSTMCell
MultiRNNCell = _rnn_cell.MultiRNNCell
ResidualWrapper = _rnn_cell.ResidualWrapper
static_bidirectional_rnn = _tf.nn.static_bidirectional_rnn
static_rnn = _tf.nn.static_rnn
static_state_saving_rnn = _tf.nn.static_state_saving_rnn
