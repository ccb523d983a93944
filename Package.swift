// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "flyball",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "flyball", targets: ["flyball"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // System libraries: module maps and thin inline shims only.
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CPacking", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CPress", providers: [.apt(["libbz2-dev", "liblzma-dev", "libzstd-dev"])]),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CCurses", providers: [.apt(["libncursesw5-dev"])]),

        // The house, from the ground up. A module imports what stands below it, never beside or above.
        .target(name: "Tabular", dependencies: ["CPress", "CSQLite", "CZlib", .product(name: "Crypto", package: "swift-crypto")]),
        .target(name: "Learning", dependencies: ["Tabular", "COpenBLAS"]),
        .target(name: "Interchange", dependencies: ["Learning", "Tabular"]),
        .target(
            name: "Monitoring",
            dependencies: ["Tabular", .product(name: "Histogram", package: "hdrhistogram-swift")]),
        .target(
            name: "Store",
            dependencies: [
                "Tabular", "CZlib", .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .target(
            name: "Engine",
            dependencies: [
                "Tabular", "Learning", "Monitoring", "Store", "TOMLKit",
                .product(name: "Logging", package: "swift-log"), .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        // Generated from the .proto files beside it.
        .target(
            name: "InferenceProtocol",
            dependencies: [
                .product(name: "SwiftProtobuf", package: "swift-protobuf"), .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
            ], exclude: ["README.md", "inference.proto", "labels.proto"]),
        .target(name: "Control", dependencies: ["CLinux", "Engine", "Tabular", .product(name: "Logging", package: "swift-log")]),
        .target(
            name: "Serving",
            dependencies: [
                "CPacking", "Engine", "InferenceProtocol", "Tabular", "Learning", "Monitoring",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"), .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "Workload",
            dependencies: [
                "Tabular", .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ]),
        .target(
            name: "Reports",
            dependencies: [
                "Engine", "Learning", "Monitoring", "Store", "Tabular", .product(name: "Mustache", package: "swift-mustache"),
            ]),
        .target(
            name: "Console",
            dependencies: ["Reports", "Engine", "Control", "Tabular", "Monitoring", "Learning", "Store", "CCurses", "CLinux", "TOMLKit"]),
        .executableTarget(
            name: "flyball",
            dependencies: [
                "CLinux", "Console", "Reports", "Serving", "Workload", "Control", "Engine", "Interchange", "Learning", "Monitoring",
                "Store", "Tabular",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
            ]),

        .testTarget(name: "ArchitectureTests"),
        .testTarget(name: "TabularTests", dependencies: ["Tabular"], exclude: ["Golden"]),
        // A kind of model that stands beside Learning, as an importer's would.
        .target(name: "GuestModels", dependencies: ["Learning", "Tabular"], path: "Tests/GuestModels"),
        .testTarget(name: "LearningTests", dependencies: ["GuestModels", "Learning", "Tabular"], exclude: ["Golden"]),
        .testTarget(name: "InterchangeTests", dependencies: ["Interchange", "Learning", "Tabular"]),
        .testTarget(name: "MonitoringTests", dependencies: ["Monitoring", "Tabular"], exclude: ["Golden"]),
        .testTarget(name: "StoreTests", dependencies: ["Store", "Tabular", .product(name: "GRDB", package: "GRDB.swift")]),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "Engine", "Store", "Learning", "Monitoring", "Tabular", .product(name: "Logging", package: "swift-log"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "Engine", "Store", "Learning", "Monitoring", "Tabular", .product(name: "Logging", package: "swift-log"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "ControlTests",
            dependencies: ["Control", "Engine", "Store", "Tabular", .product(name: "Logging", package: "swift-log")]),
        .testTarget(
            name: "ServingTests",
            dependencies: [
                "Serving", "Engine", "InferenceProtocol", "Learning", "Monitoring", "Store", "Tabular",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
        .testTarget(
            name: "WorkloadTests",
            dependencies: [
                "Workload", "Tabular", .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        .testTarget(
            name: "ConsoleTests",
            dependencies: ["Console", "Control", "Engine", "Learning", "Monitoring", "Store", "Tabular"],
            exclude: ["Golden"]),
        .testTarget(
            name: "ReportsTests", dependencies: ["Reports", "Engine", "Learning", "Monitoring", "Store", "Tabular"]),
        .testTarget(
            name: "CellTests", dependencies: ["Console", "Workload", "Serving", "Engine", "Learning", "Monitoring", "Tabular"]),
        .testTarget(name: "EndToEndTests", dependencies: ["Tabular", .product(name: "GRDB", package: "GRDB.swift")]),
    ]
)

// Only with the fuzzer's sanitizer does this one link: `make fuzz`.
if Context.environment["FLYBALL_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "flyball-fuzz",
            dependencies: [
                "Console", "Control", "Engine", "InferenceProtocol", "Interchange", "Learning", "Monitoring", "Serving", "Store", "Tabular",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            path: "Tests/Fuzz"))
}

// One set of rules for every target of ours.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + strict
}
