import Rig

extension Scenario {
    static let credentials = Scenario(
        "S21", "credentials", "credentials and a certificate are replaced",
        explanation:
            "Two processes come to the source with a user and a password out of files (SASL on TLS), to the "
            + "destination with a certificate (mutual TLS). Under load the files get another user and another "
            + "certificate; 20 s later the old ones lose every right. A mirror that reads them at its start only is "
            + "restarted, one process after the other.",
        passLine: "no partition stands still for 5 s",
        setting: Setting(processes: 2, isSecured: true)
    ) { stage, load in
        guard let security = stage.security else { throw RigFault("the clusters have no locked doors") }
        let begin = try stage.step("another user and password in the files") { try security.replaceUser() }
        try stage.awaitTakingUp()
        try stage.fault("the source's old user has no rights any more") { try security.shutOutOldUser() }
        try stage.pause(10)
        try stage.step("another key and certificate in the files") { try security.replaceCertificate() }
        try stage.awaitTakingUp()
        try stage.fault("the destination's old certificate has no rights any more") {
            try security.shutOutOldCertificate()
        }
        stage.demandStall(below: 5, of: "partitions", in: load, from: begin)
        try stage.pause(15)
    }
}

extension Stage {
    /// Gives the mirror the time to find its credentials changed, by itself or by a restart of each process.
    fileprivate func awaitTakingUp() throws {
        for number in crew.mustRestartForCredentials ? crew.members : [] {
            try step("mirror process \(number) told to end") { crew.stop(number) }
            try step("mirror process \(number) started again") { try crew.start(number) }
            try pause(8)
        }
        try pause(20)
    }
}
