import COpenBLAS
import Foundation

/// What beside this program, the data and the settings decides a model's bits.
enum Lineage {
    /// Libraries with their versions.
    ///
    /// OpenBLAS with its core's name, because it has other kernels for each; the C library for its exponential and logarithm; Swift for the order
    /// of floating-point operations that its optimiser settles.
    static var libraries: [String: String] {
        let name = String(cString: openblas_get_config()).split(separator: " ").prefix(2).joined(separator: " ")
        var result = ["OpenBLAS": "\(name) \(String(cString: openblas_get_corename()))", "Swift": swift]
        #if os(Linux)
            result["C library"] = cLibrary
        #endif
        return result
    }

    #if os(Linux)
        /// `glibc 2.36`; nil where the C library does not say.
        private static var cLibrary: String? {
            var text = [CChar](repeating: 0, count: 64)
            let length = confstr(Int32(_CS_GNU_LIBC_VERSION), &text, text.count)
            guard length > 1, length <= text.count else { return nil }
            return String(decoding: text.prefix(length - 1).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    #endif

    /// The compiler that built this program, as far as a source can ask: to the minor version.
    private static var swift: String {
        #if compiler(>=6.5)
            "6.5 or later"
        #elseif compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
