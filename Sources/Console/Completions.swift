/// Completions for shells, made from the table.
package enum Completions {
    package enum Shell: String, Sendable, CaseIterable {
        case bash
        case zsh
        case fish
    }

    package static func script(for shell: Shell) -> String {
        switch shell {
        case .bash: bash()
        // zsh understands bash's completions, after this.
        case .zsh: "autoload -U +X bashcompinit && bashcompinit\n" + bash()
        case .fish: fish()
        }
    }

    /// What may stand after the program's name.
    private static var firstWords: [String] {
        CommandTable.commands.filter { $0.group == nil }.map(\.name) + CommandTable.groups.map(\.name)
    }

    /// What may stand after a group's name.
    private static func secondWords(_ group: CommandGroup) -> [String] {
        group.commands.compactMap { $0.name.split(separator: " ").last.map(String.init) }
    }

    private static func bash() -> String {
        let program = CommandTable.program
        var lines = [
            "_\(program)() {",
            "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=''",
            "    local command=${COMP_WORDS[1]}",
            "    COMPREPLY=()",
        ]
        for group in CommandTable.groups {
            lines.append(
                "    [ \"$command\" = \(group.name) ] && [ \"$COMP_CWORD\" -gt 2 ] && command=\"\(group.name) ${COMP_WORDS[2]}\""
            )
        }
        lines += [
            "    if [ \"$COMP_CWORD\" -eq 1 ]; then",
            "        words='\(firstWords.joined(separator: " "))'",
            "    else",
            "        case \"$command $previous\" in",
        ]
        for command in CommandTable.commands {
            for option in command.options {
                switch option.value {
                case .none: break
                case .file:
                    lines.append(
                        "        '\(command.name) --\(option.name)')"
                            + " COMPREPLY=($(compgen -f -- \"$current\")); return ;;")
                case .folder:
                    lines.append(
                        "        '\(command.name) --\(option.name)')"
                            + " COMPREPLY=($(compgen -d -- \"$current\")); return ;;")
                case .choice(let words):
                    lines.append(
                        "        '\(command.name) --\(option.name)') words='\(words.joined(separator: " "))' ;;")
                case .text, .number:
                    lines.append("        '\(command.name) --\(option.name)') return ;;")
                }
            }
            let words = command.options.map { "--" + $0.name } + (command.operand?.words ?? []) + ["--help"]
            lines.append("        '\(command.name) '*) words='\(words.joined(separator: " "))' ;;")
        }
        for group in CommandTable.groups {
            lines.append("        '\(group.name) '*) words='\(secondWords(group).joined(separator: " ")) --help' ;;")
        }
        lines += [
            "        esac", "    fi", "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))", "}",
            "complete -F _\(program) \(program)",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func fish() -> String {
        let program = CommandTable.program
        var lines = ["complete -c \(program) -f"]
        for group in CommandTable.groups {
            lines.append(
                "complete -c \(program) -n __fish_use_subcommand -a \(group.name) -d \(quoted(group.summary))")
        }
        for command in CommandTable.commands {
            let (place, word) = fishPlace(of: command)
            lines.append("complete -c \(program) -n '\(place)' -a \(word) -d \(quoted(command.summary))")
            let condition = "-n '\(fishCondition(of: command))'"
            if let operand = command.operand {
                lines.append("complete -c \(program) \(condition) -a \(quoted(operand.words.joined(separator: " ")))")
            }
            for option in command.options {
                let argument: String
                switch option.value {
                case .none: argument = ""
                case .file: argument = " -r -F"
                case .folder: argument = " -x -a '(__fish_complete_directories)'"
                case .choice(let words): argument = " -x -a \(quoted(words.joined(separator: " ")))"
                case .text, .number: argument = " -x"
                }
                lines.append(
                    "complete -c \(program) \(condition) -l \(option.name)\(argument) -d \(quoted(option.help))")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Where a command's last word is offered, and that word.
    private static func fishPlace(of command: CommandEntry) -> (condition: String, word: String) {
        guard let group = command.group else { return ("__fish_use_subcommand", command.name) }
        let word = String(command.name.dropFirst(group.count + 1))
        let seen = CommandTable.group(group).map(secondWords) ?? []
        let isOpen = "not __fish_seen_subcommand_from \(seen.joined(separator: " "))"
        return ("__fish_seen_subcommand_from \(group); and \(isOpen)", word)
    }

    /// When a command's own options are offered. The same word may be a command and one of a group.
    private static func fishCondition(of command: CommandEntry) -> String {
        if let group = command.group {
            let word = command.name.dropFirst(group.count + 1)
            return "__fish_seen_subcommand_from \(group); and __fish_seen_subcommand_from \(word)"
        }
        let others = CommandTable.groups.map { "; and not __fish_seen_subcommand_from \($0.name)" }.joined()
        return "__fish_seen_subcommand_from \(command.name)\(others)"
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
