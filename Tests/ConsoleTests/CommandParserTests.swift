import Foundation
import Testing

@testable import Console

private func fault(_ words: String...) -> String? { fault(words) }

private func fault(_ words: [String]) -> String? {
    do throws(UsageFault) {
        _ = try CommandParser.parse(words)
        return nil
    } catch {
        return error.message
    }
}

struct CommandParserTests {
    @Test func `options are read with a blank or an equals sign`() throws {
        for words in [["run", "--config", "a.yaml", "--once"], ["run", "--once", "--config=a.yaml"]] {
            let invocation = try CommandParser.parse(words)
            #expect(invocation.command.name == "run")
            #expect(invocation.required(.config) == "a.yaml")
            #expect(invocation.isSet(.once))
            #expect(invocation.text(.instance) == nil)
        }
    }

    @Test func `a value may hold an equals sign or begin with a dash`() throws {
        let invocation = try CommandParser.parse(["check", "--config=a=b", "--flow", "-x"])
        #expect(invocation.required(.config) == "a=b")
        #expect(invocation.text(.flow) == "-x")
    }

    @Test func `what is not given has its fallback`() throws {
        let invocation = try CommandParser.parse(["demo"])
        #expect(invocation.number(.records) == 20_000)
        #expect(invocation.number(.seconds) == 10)
        #expect(!invocation.isSet(.json))
    }

    @Test func `the fallbacks of the table are values that the options take`() {
        for option in CommandTable.commands.flatMap(\.options) {
            if let fallback = option.fallback { #expect(option.refusal(of: fallback) == nil) }
        }
    }

    @Test func `an unknown option names the nearest one`() {
        #expect(fault("run", "--confg", "a") == "\"--confg\" is not an option of run; did you mean \"--config\"?")
        #expect(fault("run", "--log-fromat=json")?.contains("\"--log-format\"") == true)
        #expect(fault("run", "--zzzzzzzz") == "\"--zzzzzzzz\" is not an option of run")
    }

    @Test func `every option with a letter lost, swapped or doubled is still recognised`() {
        for command in CommandTable.commands {
            for option in command.options {
                let letters = Array(option.name)
                for index in letters.indices.dropLast() {
                    var swapped = letters
                    swapped.swapAt(index, index + 1)
                    var lost = letters
                    lost.remove(at: index)
                    var doubled = letters
                    doubled.insert(letters[index], at: index)
                    for wrong in [swapped, lost, doubled] where wrong != letters {
                        let name = command.name.split(separator: " ").map(String.init)
                        let message = fault(name + ["--" + String(wrong)])
                        #expect(message?.hasSuffix("did you mean \"--\(option.name)\"?") == true)
                    }
                }
            }
        }
    }

    @Test func `an unknown command names the nearest one`() {
        #expect(fault("chekc") == "\"chekc\" is not a command; did you mean \"check\"?")
        #expect(fault("sing") == "\"sing\" is not a command")
        #expect(fault() == "a command is missing")
    }

    @Test func `a required option that is missing is named`() {
        #expect(fault("run") == "--config FILE is missing")
        #expect(fault("run", "--config") == "--config needs a value: --config FILE")
        #expect(fault("run", "--config=") == "--config needs a value that is not empty")
    }

    @Test func `values out of bounds, unknown words, doubled options and stray words are refused`() {
        #expect(fault("demo", "--seconds", "0") == "--seconds is \"0\"; expected a whole number from 1 to 3600")
        #expect(fault("demo", "--seconds", "ten")?.hasPrefix("--seconds is \"ten\"") == true)
        #expect(fault("demo", "--json=yes") == "--json takes no value")
        #expect(fault("demo", "--json", "--json") == "--json stands twice")
        #expect(fault("demo", "now") == "\"now\" is one word too many")
        #expect(
            fault("run", "--config", "a", "--log-format", "jsn")
                == "--log-format is \"jsn\"; expected text or json; did you mean \"json\"?")
        #expect(fault("completions") == "SHELL is missing; expected bash or zsh or fish")
        #expect(fault("help", "rnu")?.hasSuffix("did you mean \"run\"?") == true)
    }

    @Test func `the command of a group is its second word`() throws {
        let invocation = try CommandParser.parse(["verify", "run", "--scenario", "S4"])
        #expect(invocation.command.name == "verify run")
        #expect(invocation.required(.scenario) == "S4")
        #expect(fault("verify")?.hasPrefix("verify what? expected ") == true)
        #expect(fault("verify", "rnu") == "\"rnu\" is not a command of verify; did you mean \"run\"?")
        #expect(fault("verfiy", "run") == "\"verfiy\" is not a command; did you mean \"verify\"?")
        for words in [["help", "verify", "run"], ["verify", "run", "--help"]] {
            #expect(try CommandParser.parse(words).operand == "verify run")
        }
        for words in [["help", "verify"], ["verify", "--help"], ["verify", "-h"]] {
            #expect(try CommandParser.parse(words).operand == "verify")
        }
        #expect(fault("help", "run", "verify") == "\"verify\" is one word too many")
    }

    @Test func `help is asked for in four ways`() throws {
        for words in [["help", "run"], ["run", "--help"], ["run", "-h"], ["run", "--confg", "--help"]] {
            let invocation = try CommandParser.parse(words)
            #expect(invocation.command.name == "help")
            #expect(invocation.operand == "run")
        }
        for words in [["help"], ["--help"], ["-h"], ["help", "--help"]] {
            let invocation = try CommandParser.parse(words)
            #expect(invocation.command.name == "help")
            #expect(invocation.operand == nil)
        }
    }

    @Test func `the version is a command and an option`() throws {
        #expect(try CommandParser.parse(["--version"]).command.name == "version")
        #expect(try CommandParser.parse(["version", "--json"]).isSet(.json))
    }
}

struct HelpTests {
    @Test func `help names every command and every option, and no line is too wide`() {
        let overview = HelpPage.overview()
        for command in CommandTable.commands {
            let place = command.group.flatMap(CommandTable.group).map { HelpPage.page(of: $0) } ?? overview
            #expect(place.contains("  " + command.name))
            let page = HelpPage.page(of: command)
            for option in command.options { #expect(page.contains("  --" + option.name)) }
            for line in (overview + page).split(separator: "\n") {
                #expect(line.count <= 100)
                #expect(line.last != " ")
            }
        }
    }

    @Test func `help can be asked for every command but itself`() throws {
        let help = try #require(CommandTable.entry("help")?.operand)
        let names = CommandTable.commands.map(\.name).filter { $0 != "help" } + CommandTable.groups.map(\.name)
        #expect(Set(help.words) == Set(names))
        #expect(help.words.allSatisfy { HelpPage.page(about: $0) != HelpPage.overview() })
    }

    @Test func `every command in the README is understood`() throws {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let commands = text.split(separator: "\n").filter { $0.hasPrefix("martlet ") }
        #expect(!commands.isEmpty)
        for line in commands {
            let words = line.prefix { $0 != "#" }.split(separator: " ").dropFirst().map(String.init)
            #expect(throws: Never.self, "\(line)") { try CommandParser.parse(words) }
        }
    }

    @Test func `an option that takes a folder says so, and completes with folders`() {
        #expect(HelpPage.page(about: "verify run").contains("--report DIR"))
        #expect(Completions.script(for: .bash).contains("'verify run --report') COMPREPLY=($(compgen -d"))
        #expect(Completions.script(for: .fish).contains("-l report -x -a '(__fish_complete_directories)'"))
    }

    @Test(arguments: Completions.Shell.allCases)
    func `completions know every command and option`(shell: Completions.Shell) {
        let script = Completions.script(for: shell)
        for command in CommandTable.commands {
            #expect(script.contains(command.name))
            for option in command.options { #expect(script.contains(option.name)) }
        }
    }
}
