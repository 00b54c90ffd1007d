"""How onnxruntime is set up, whatever network it runs."""

import onnxruntime
import torch

CPU = "CPUExecutionProvider"
_ERRORS_ONLY = 3


def session_options() -> onnxruntime.SessionOptions:
    """The options of a session: torch's number of threads, and the same bytes each time."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    options.intra_op_num_threads = torch.get_num_threads()
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    # Threads that wait by spinning take the cores of the jobs that run beside this one.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
