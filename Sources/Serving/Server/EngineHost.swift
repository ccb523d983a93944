public import Engine

/// The engine behind HTTP.
extension Engine: ServingHost {}
