// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: language mode 6 (so complete concurrency checking), every unsafe use spelled out, no warning left.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "martlet",
    products: [
        .executable(name: "martlet", targets: ["martlet"])
    ],
    targets: [
        // Rank 0: doors to C libraries, and the words of the domain.
        .systemLibrary(name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CMicrohttpd", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CNamespace"),
        library("Model"),
        // Rank 1
        library("Records", ["Model"]),
        library("Patterns", ["CPCRE2"]),
        library("Crypto", ["CSSL"]),
        library("Log"),
        library("Console", ["Model"]),
        library("MetricsText"),
        library("HTTP", ["CMicrohttpd"]),
        library("Rig", ["CNamespace"]),
        // Rank 2
        library("RdKafka", ["CRdKafka", "Records", "Model"]),
        // Rank 3
        library("Topics", ["Model", "Patterns"]),
        library("Positions", ["Model"]),
        library("Shaping", ["Crypto", "Model", "Patterns"]),
        // Rank 4
        library("Engine", ["Model", "Positions", "Records"]),
        // Rank 5
        library("KafkaPorts", ["Engine", "Log", "Model", "Positions", "RdKafka", "Records", "Shaping", "Topics"]),
        library("Simulation", ["Engine", "Model", "Positions", "Records"]),
        library("Configuration", ["CYAML", "Model", "Shaping", "Topics"]),
        // Rank 6
        library(
            "Mirror", ["Engine", "KafkaPorts", "Log", "Model", "Positions", "RdKafka", "Records", "Shaping", "Topics"]),
        library("Verify", ["MetricsText", "Model", "RdKafka"]),
        // Rank 7
        library("Trials", ["Console", "Model", "RdKafka", "Rig", "Verify"]),
        // Rank 8
        .executableTarget(
            name: "martlet",
            dependencies: [
                "Configuration", "Console", "HTTP", "KafkaPorts", "Log", "MetricsText", "Mirror", "Model", "Patterns",
                "Positions", "RdKafka",
                "Rig", "Shaping", "Topics", "Trials", "Verify",
            ],
            swiftSettings: strict),

        // Tests: pure ones, then those on the mock cluster, then those on real Kafka.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        tests("TidyTests", []),
        tests("LogTests", ["Log"]),
        tests("ConsoleTests", ["Console"]),
        tests("MetricsTextTests", ["MetricsText"]),
        tests("HTTPTests", ["HTTP"]),
        tests("RigTests", ["Rig", "TestSupport"]),
        tests("RecordsTests", ["Model", "Records", "TestSupport"]),
        tests("PatternsTests", ["Patterns"]),
        tests("ModelTests", ["Model"]),
        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
        tests("CryptoTests", ["CAllocationCounter", "Crypto"]),
        tests("ShapingTests", ["CAllocationCounter", "Crypto", "Model", "Shaping"]),
        tests("TopicsTests", ["Model", "Patterns", "Topics"]),
        tests("PositionsTests", ["Model", "Positions", "Simulation"]),
        tests("EngineTests", ["CAllocationCounter", "Engine", "Model", "Positions", "Records", "Simulation"]),
        tests("SimulationTests", ["Simulation"]),
        tests("ConfigurationTests", ["Configuration", "Model", "TestSupport"]),
        tests("DeployTests", ["Configuration", "Console", "Model"]),
        tests("RdKafkaTests", ["Model", "RdKafka", "Records", "TestSupport"]),
        tests(
            "KafkaPortsTests", ["Engine", "KafkaPorts", "Log", "Model", "RdKafka", "Records", "Shaping", "TestSupport"]),
        tests("VerifyTests", ["Model", "RdKafka", "Verify"]),
        tests("TrialsTests", ["Configuration", "Console", "Model", "Rig", "Trials", "Verify"]),
        tests(
            "CommandLineTests",
            [
                "Console", "Engine", "KafkaPorts", "Log", "martlet", "Mirror", "Model", "Positions", "RdKafka",
                "Records", "Shaping", "Topics", "Trials", "Verify",
            ]),
        .target(
            name: "KafkaHarness", dependencies: ["RdKafka", "Rig"], path: "Tests/KafkaHarness", swiftSettings: strict),
        tests(
            "KafkaTests",
            [
                "Configuration", "Engine", "KafkaHarness", "KafkaPorts", "Log", "Mirror", "Model", "RdKafka", "Rig",
                "Shaping", "TestSupport", "Topics", "Trials", "Verify",
                "martlet",
            ]),
    ]
)
