"""``tf.contrib.seq2seq`` of TensorFlow 1.15, without beam search and monotonic attention."""

from .attention import AttentionMechanism as AttentionMechanism
from .attention import AttentionWrapper as AttentionWrapper
from .attention import AttentionWrapperState as AttentionWrapperState
from .attention import BahdanauAttention as BahdanauAttention
from .attention import LuongAttention as LuongAttention
from .attention import hardmax as hardmax
from .attention import tile_batch as tile_batch
from .decoder import BasicDecoder as BasicDecoder
from .decoder import BasicDecoderOutput as BasicDecoderOutput
from .decoder import Decoder as Decoder
from .decoder import dynamic_decode as dynamic_decode
from .helpers import CustomHelper as CustomHelper
from .helpers import GreedyEmbeddingHelper as GreedyEmbeddingHelper
from .helpers import Helper as Helper
from .helpers import InferenceHelper as InferenceHelper
from .helpers import SampleEmbeddingHelper as SampleEmbeddingHelper
from .helpers import ScheduledEmbeddingTrainingHelper as ScheduledEmbeddingTrainingHelper
from .helpers import TrainingHelper as TrainingHelper
from .loss import sequence_loss as sequence_loss
