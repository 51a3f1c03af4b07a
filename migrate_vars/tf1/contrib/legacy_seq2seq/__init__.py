"""``tf.contrib.legacy_seq2seq`` of TensorFlow 1.15."""

from .decoders import attention_decoder as attention_decoder
from .decoders import embedding_attention_decoder as embedding_attention_decoder
from .decoders import embedding_rnn_decoder as embedding_rnn_decoder
from .decoders import rnn_decoder as rnn_decoder
from .losses import model_with_buckets as model_with_buckets
from .losses import sequence_loss as sequence_loss
from .losses import sequence_loss_by_example as sequence_loss_by_example
from .models import basic_rnn_seq2seq as basic_rnn_seq2seq
from .models import embedding_attention_seq2seq as embedding_attention_seq2seq
from .models import embedding_rnn_seq2seq as embedding_rnn_seq2seq
from .models import embedding_tied_rnn_seq2seq as embedding_tied_rnn_seq2seq
from .models import one2many_rnn_seq2seq as one2many_rnn_seq2seq
from .models import tied_rnn_seq2seq as tied_rnn_seq2seq
