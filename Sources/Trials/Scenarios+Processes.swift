extension Scenario {
    static let addProcess = Scenario(
        "S6", "add-process", "a mirror process joins",
        explanation: "A second process is started beside the first, under load.",
        passLine: "no partition stands still for 5 s"
    ) { stage, load in
        let joined = try stage.step("mirror process 2 started") { try stage.crew.start(2) }
        stage.demandStall(below: 5, of: "moved partitions", in: load, from: joined)
        try stage.pause(20)
    }

    static let removeProcess = Scenario(
        "S7", "remove-process", "a mirror process leaves, then one dies",
        explanation: "Of two processes one is told to end; it comes back, and is killed with SIGKILL.",
        passLine: "after the graceful end no partition stands still for 5 s; after the kill none for longer than the "
            + "session time-out and 2 s",
        setting: Setting(processes: 2)
    ) { stage, load in
        let left = try stage.step("mirror process 2 told to end") { stage.crew.stop(2) }
        try stage.pause(10)
        let back = try stage.step("mirror process 2 started again") { try stage.crew.start(2) }
        stage.demandStall(below: 5, of: "moved partitions after a graceful end", in: load, from: left, to: back)
        try stage.pause(15)
        let killed = try stage.fault("mirror process 2 killed") { stage.crew.kill(2) }
        stage.demandStall(
            below: stage.sessionSeconds + 2, of: "moved partitions after a kill", in: load, from: killed)
        try stage.pause(stage.sessionSeconds + 8)
    }

    static let killAll = Scenario(
        "S13", "kill-all", "all mirror processes die at once",
        explanation: "Both processes are killed with SIGKILL at once and started again 2 s later.",
        passLine: "caught up within the session time-out and 20 s", setting: Setting(processes: 2)
    ) { stage, load in
        try stage.fault("all mirror processes killed") { stage.crew.killAll() }
        try stage.pause(2)
        try stage.heal("all mirror processes started") { for number in 1...2 { try stage.crew.start(number) } }
        try stage.demandCatchUp(of: load, within: stage.sessionSeconds + 20)
        try stage.pause(3)
    }

    static let freeze = Scenario(
        "S14", "freeze-process", "a mirror process freezes for longer than its session, and goes on",
        explanation: "Of two processes one is stopped with SIGSTOP until its session is over and the other has its "
            + "partitions; then it goes on, with what it had in its hands.",
        passLine: "no partition stands still for longer than the session time-out and 5 s",
        setting: Setting(processes: 2)
    ) { stage, load in
        let frozen = try stage.fault("mirror process 1 frozen") { stage.crew.freeze(1) }
        try stage.pause(stage.sessionSeconds + 8)
        let thawed = try stage.heal("mirror process 1 goes on") { stage.crew.thaw(1) }
        stage.demandStall(
            below: stage.sessionSeconds + 5, of: "the frozen process' partitions", in: load, from: frozen, to: thawed)
        try stage.pause(12)
    }

    static let rollingRestart = Scenario(
        "S15", "rolling-restart", "every mirror process is restarted, one after the other",
        explanation: "Three processes under load; each is told to end, started again, and given 8 s.",
        passLine: "no partition stands still for 5 s", setting: Setting(processes: 3)
    ) { stage, load in
        let begin = stage.second
        for number in stage.crew.members {
            try stage.step("mirror process \(number) told to end") { stage.crew.stop(number) }
            try stage.step("mirror process \(number) started again") { try stage.crew.start(number) }
            try stage.pause(8)
        }
        stage.demandStall(below: 5, of: "partitions", in: load, from: begin)
    }
}
