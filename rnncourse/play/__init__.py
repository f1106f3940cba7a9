"""The mathematics of the widgets: what docs/assets/play/math/ computes, again.

One module a widget, with the names of its JavaScript twin; a test compares the
two. What the course already has, the Python twin takes from there.
"""

PAGES = {
    "factors": "backprop",
    "order": "sequences",
    "unroll": "rnn",
    "terms": "bptt",
    "vanish": "gradients",
    "cliff": "gradients",
    "gates": "lstm",
    "pulse": "gru",
    "stack": "deep",
    "scan": "beyond",
    "keyboard": "text",
    "forecast": "forecasting",
}  # each widget and the chapter where it stands
FETCHING = frozenset({"forecast", "keyboard"})  # `export` has the data of these
