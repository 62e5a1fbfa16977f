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

    private static func bash() -> String {
        let program = CommandTable.program
        var lines = [
            "_\(program)() {",
            "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=''",
            "    COMPREPLY=()",
            "    if [ \"$COMP_CWORD\" -eq 1 ]; then",
            "        words='\(CommandTable.commands.map(\.name).joined(separator: " "))'",
            "    else",
            "        case \"${COMP_WORDS[1]} $previous\" in",
        ]
        for command in CommandTable.commands {
            for option in command.options {
                switch option.value {
                case .none: break
                case .file:
                    lines.append(
                        "        '\(command.name) --\(option.name)')"
                            + " COMPREPLY=($(compgen -f -- \"$current\")); return ;;")
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
        lines += [
            "        esac", "    fi", "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))", "}",
            "complete -F _\(program) \(program)",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func fish() -> String {
        let program = CommandTable.program
        var lines = ["complete -c \(program) -f"]
        for command in CommandTable.commands {
            lines.append(
                "complete -c \(program) -n __fish_use_subcommand -a \(command.name) -d \(quoted(command.summary))")
            let condition = "-n '__fish_seen_subcommand_from \(command.name)'"
            if let operand = command.operand {
                lines.append("complete -c \(program) \(condition) -a \(quoted(operand.words.joined(separator: " ")))")
            }
            for option in command.options {
                let argument: String
                switch option.value {
                case .none: argument = ""
                case .file: argument = " -r -F"
                case .choice(let words): argument = " -x -a \(quoted(words.joined(separator: " ")))"
                case .text, .number: argument = " -x"
                }
                lines.append(
                    "complete -c \(program) \(condition) -l \(option.name)\(argument) -d \(quoted(option.help))")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
