import KafkaPorts
import Log
import Model
import RdKafka
import Testing

/// The coordinator of the mock cluster answers as a test says: each answer is one try of the fence's producer.
@Suite struct OwnerFenceTests {
    private let cluster: MockCluster
    private let clients: FlowClients

    private static let initProducerID: Int16 = 22
    private static let id = "martlet.f.other.0"
    private static let concurrentTransactions: Int32 = 51
    private static let coordinatorLoads: Int32 = 14
    private static let notAuthorized: Int32 = 53

    init() throws {
        cluster = try MockCluster(brokers: 1)
        let flow = FlowDefinition(
            name: "f", source: ClusterDefinition(name: "a", bootstrap: ""),
            destination: ClusterDefinition(name: "b", bootstrap: cluster.bootstrap), topics: [])
        clients = FlowClients(flow: flow, instance: "me", logger: Logger(sink: { _ in }))
    }

    private func push(_ code: Int32, times: Int) {
        cluster.pushErrors(apiKey: Self.initProducerID, codes: [Int32](repeating: code, count: times))
    }

    private func end(isCancelled: Bool = false) -> Set<String> {
        OwnerFence(clients: clients, isCancelled: { isCancelled }).end([Self.id])
    }

    /// Whether the coordinator still has an answer that nobody took.
    private func hasAnswersLeft() throws -> Bool {
        let producer = try RecordProducer(
            clients.fencingProducer(transactionalID: "probe"), inFlightMax: 1, log: { _ in })
        do throws(KafkaFault) {
            try producer.initTransactions(timeoutMilliseconds: 400)
            return false
        } catch {
            return true
        }
    }

    @Test func `an id whose transaction is being aborted is not fenced on and on`() throws {
        push(Self.concurrentTransactions, times: 10)
        #expect(end() == [Self.id])
        // One that insists takes all ten within five seconds.
        #expect(try hasAnswersLeft())
    }

    @Test func `a coordinator that is not ready is asked again`() throws {
        push(Self.coordinatorLoads, times: 3)
        #expect(end() == [Self.id])
        #expect(try !hasAnswersLeft())
    }

    @Test func `a refused or cancelled fence ends nothing`() {
        push(Self.notAuthorized, times: 1)
        #expect(end() == [])
        #expect(end(isCancelled: true) == [])
    }
}
