import Model

extension FieldPlace {
    /// How reasons and reports name it.
    package var described: String {
        switch self {
        case .value(let path): path.description
        case .keyPath(let path): "key \(path)"
        case .key: "key"
        case .header(let pattern): "header \(pattern)"
        }
    }
}
