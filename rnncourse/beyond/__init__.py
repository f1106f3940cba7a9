"""What came after the LSTM and the GRU: one module for each idea."""

from rnncourse.beyond.attention import EncoderDecoder, attend, attend_back
from rnncourse.beyond.convolution import (
    TCN,
    CausalConvolution,
    receptive_field,
)
from rnncourse.beyond.minimal import MinGRU, MinLSTM, Stack
from rnncourse.beyond.scan import (
    closed_form,
    combine,
    efficient_scan,
    log_scan,
    loop,
    recurrence,
    scan,
)
from rnncourse.beyond.states import (
    as_convolution,
    as_recurrence,
    impulse_response,
    zero_order_hold,
)
from rnncourse.beyond.xlstm import (
    exponential_memory,
    matrix_memory,
    stabilised,
    stable_memory,
)

__all__ = [
    "TCN",
    "CausalConvolution",
    "EncoderDecoder",
    "MinGRU",
    "MinLSTM",
    "Stack",
    "as_convolution",
    "as_recurrence",
    "attend",
    "attend_back",
    "closed_form",
    "combine",
    "efficient_scan",
    "exponential_memory",
    "impulse_response",
    "log_scan",
    "loop",
    "matrix_memory",
    "receptive_field",
    "recurrence",
    "scan",
    "stabilised",
    "stable_memory",
    "zero_order_hold",
]
