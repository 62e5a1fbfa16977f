import Foundation

/// One Java program out of Kafka's jars: a broker, a mirror, or one of Kafka's own tools as a second opinion.
package struct JavaTool {
    let home: KafkaHome
    let mainClass: String
    let arguments: [String]
    let heapMegabytes: Int
    /// Holds the logging configuration, see ``writeLoggingConfiguration(to:)``.
    let folder: URL
    let log: URL
    /// Starts quickly rather than runs fast in an hour: what lives for seconds, and is not measured.
    let isBrief: Bool

    package init(
        home: KafkaHome, mainClass: String, arguments: [String], heapMegabytes: Int = 256, folder: URL, log: URL,
        isBrief: Bool = true
    ) {
        self.home = home
        self.mainClass = mainClass
        self.arguments = arguments
        self.heapMegabytes = heapMegabytes
        self.folder = folder
        self.log = log
        self.isBrief = isBrief
    }

    /// How to get a Java runtime; `nil` when there is one.
    package static let missing: String? = {
        let java = try? ChildProcess(Spawn(program: "java", arguments: ["-version"]))
        guard java?.wait(seconds: 60)?.code != 0 else { return nil }
        return "no Java runtime: install one (apt install openjdk-17-jre-headless), version 17 or later"
    }()

    package var spawn: Spawn {
        let brief = isBrief ? ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"] : []
        let flags = [
            "-Xmx\(heapMegabytes)m", "-Xshare:auto", "-XX:-UsePerfData",
            "-Djava.awt.headless=true",
            "-Dlog4j.configuration=file:\(folder.path)/log4j.properties",
            "-Dlog4j2.configurationFile=file:\(folder.path)/log4j2.properties",
            "-cp", home.classPath, mainClass,
        ]
        var spawn = Spawn(program: "java", arguments: brief + flags + arguments, log: log)
        // A key that ends us at a terminal, which all of our group get, must not end a broker under what is still judged.
        spawn.ownGroup = true
        return spawn
    }

    /// Kafka's jars bring reload4j, whole releases since 4.0 log4j2: quiet files for both.
    package static func writeLoggingConfiguration(to folder: URL) throws {
        let pattern = "%d{ISO8601} %-5p %m (%c)%n"
        try """
        log4j.rootLogger=WARN, out
        log4j.appender.out=org.apache.log4j.ConsoleAppender
        log4j.appender.out.layout=org.apache.log4j.PatternLayout
        log4j.appender.out.layout.ConversionPattern=\(pattern)
        """.write(to: folder.appending(path: "log4j.properties"), atomically: true, encoding: .utf8)
        try """
        rootLogger.level=warn
        rootLogger.appenderRef.out.ref=out
        appender.out.type=Console
        appender.out.name=out
        appender.out.layout.type=PatternLayout
        appender.out.layout.pattern=\(pattern)
        """.write(to: folder.appending(path: "log4j2.properties"), atomically: true, encoding: .utf8)
    }
}

extension URL {
    /// The end of a text file, for error messages.
    package func lastLines(_ count: Int = 20) -> String {
        let text = (try? String(decoding: Data(contentsOf: self), as: UTF8.self)) ?? ""
        return text.split(separator: "\n").suffix(count).joined(separator: "\n")
    }
}
