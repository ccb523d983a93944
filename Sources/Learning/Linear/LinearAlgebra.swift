import COpenBLAS

/// The linear algebra library, as the process at large sees it.
public enum LinearAlgebra {
    /// Keeps the library from spreading small products over threads: serving does not want it, and a training asks for its own number.
    public static func useOneThread() { openblas_set_num_threads(1) }

    /// The library's name and version: `OpenBLAS 0.3.21`.
    public static var version: String { String(cString: openblas_get_config()).split(separator: " ").prefix(2).joined(separator: " ") }
}
