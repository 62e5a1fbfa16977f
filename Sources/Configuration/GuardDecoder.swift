import Model

/// Reads what must hold before the first record goes anywhere: `shape.guard`.
struct GuardDecoder {
    let reader: FieldReader

    private enum Key: String, CaseIterable {
        case allowedClusterIDs = "allowed-cluster-ids"
        case environmentMarker = "environment-marker"
        case looksLikeProduction = "looks-like-production"
        case expiresAt = "expires-at"
        case marks = "mark-records"
    }

    private enum MarkerKey: String, CaseIterable { case topic, equals }

    func guards(_ field: Field) -> GuardDefinition {
        var guards = GuardDefinition()
        guard let section = reader.section(field, keys: Key.self) else { return guards }
        guards.allowedClusterIDs =
            section[.allowedClusterIDs].flatMap {
                reader.list($0, expected: "a cluster's id, as `martlet check` shows it") { $0.isEmpty ? nil : $0 }
            } ?? []
        guards.environmentMarker = section[.environmentMarker].flatMap { marker($0) }
        guards.looksLikeProduction =
            section[.looksLikeProduction].flatMap {
                reader.list($0, expected: "a part of a name, such as prod or ^live") { text in
                    text.isEmpty || text == "^" ? nil : text
                }
            } ?? []
        guards.expiresAt = section[.expiresAt].flatMap { field in
            reader.value(field, expected: "an instant with its time zone such as 2026-03-01T08:00:00Z") { text in
                guard case .timestamp(let milliseconds) = StartPolicy(parsing: text) else { return nil }
                return milliseconds
            }
        }
        guards.marks = section[.marks].flatMap { reader.flag($0) } ?? false
        return guards
    }

    private func marker(_ field: Field) -> GuardDefinition.EnvironmentMarker? {
        guard let section = reader.section(field, keys: MarkerKey.self),
            let topic = reader.required(.topic, of: section, expected: "a topic of the destination").flatMap({ named in
                reader.value(named, expected: "a topic's name") { $0.isLegalTopicName ? $0 : nil }
            }),
            let equals = reader.required(.equals, of: section, expected: "the value of its newest record").flatMap({
                reader.text($0, expected: "the value of its newest record")?.value
            })
        else { return nil }
        return .init(topic: topic, equals: equals)
    }
}
