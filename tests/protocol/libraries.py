"""Two judges that nobody of this project wrote: the types of `lsprotocol` and the checks of `pytest-lsp`."""

import warnings

from lsprotocol import converters, types
from pytest_lsp import checks


class Libraries:
    def __init__(self):
        self.converter = converters.get_converter()
        self.capabilities = None

    def initialized_with(self, capabilities):
        """Odd capabilities, as some sessions announce them, leave the second judge without a client to judge for."""
        try:
            self.capabilities = self.converter.structure(capabilities, types.ClientCapabilities)
        except Exception:  # noqa: BLE001 - the converter raises groups of whatever its hooks raise
            self.capabilities = None

    def message(self, message):
        """Complaints about a request or a notification of the server: (kind, text)."""
        known = types.METHOD_TO_TYPES.get(message["method"])
        if known is None:
            return []
        return self.structured(message, known[0], "params", checks.check_params_against_client_capabilities)

    def answer(self, method, message):
        known = types.METHOD_TO_TYPES.get(method)
        if known is None or "error" in message:
            return []
        return self.structured(message, known[1], "result", checks.check_result_against_client_capabilities, method)

    def structured(self, message, wanted, part, check, method=None):
        try:
            structured = self.converter.structure(message, wanted)
        except Exception as error:  # noqa: BLE001 - as above
            return [("lsprotocol", f"{method or message['method']}: {reason(error)}")]
        if self.capabilities is None:
            return []
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            check(self.capabilities, method or message["method"], getattr(structured, part, None))
        said = [warning for warning in said if issubclass(warning.category, checks.LspSpecificationWarning)]
        return [("pytest-lsp", f"{method or message['method']}: {warning.message}") for warning in said]


def reason(error):
    """The innermost reason: the converter wraps one group into the other."""
    while getattr(error, "exceptions", None):
        error = error.exceptions[0]
    return str(error).splitlines()[0]
