import Mirror
import Model
import Positions

/// `martlet positions derive`: what the destination's records say of positions that are lost. Never written by itself.
extension PositionsCommand {
    func derive(_ flow: FlowDefinition) throws(FlowFault) {
        var derivation = try PositionDerivation(flow, logger: logger)
        try refuseAnotherCluster(derivation.book.catalogue.flow?.cluster, flow)
        let wanted = selected(derivation.book.catalogue.partitions)
        var underivable = 0
        for source in wanted {
            let finding = derivation.derive(source)
            let offset = finding.position.map { "\($0.offset)" } ?? "nothing"
            Output.error("\(source): \(offset): \(finding.explanation)")
            if finding.position == nil { underivable += 1 }
        }
        Output.write(json: PositionExport(derivation.book))
        guard underivable == 0 else {
            throw FlowFault(
                "nothing can be proposed for \(underivable) of \(wanted.count) partitions",
                remedy: "import what was found with `martlet positions import`, then give the others a place with "
                    + "`martlet positions set`")
        }
    }
}
