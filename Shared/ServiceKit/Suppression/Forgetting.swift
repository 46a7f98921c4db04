public import Identity
public import IdentityRules
import Logging
public import MessageLog
public import Topics

/// What a service with lanes on the log needs to forget persons: what was decided, a gate and an eraser.
public struct Forgetting: Sendable {
    /// What was decided; one of the services to run, before those that ask.
    public let control: ControlFollower
    /// Keeps persons who are to be forgotten from coming back.
    public let gate: SuppressionGate
    private let log: any MessageLog
    private let instance: String
    private let data: String
    private let rules: IdentityRulesFile

    /// What a process needs, by the identity rules of a file and the key in its data directory, which must exist.
    ///
    /// Rules that are wrong do not keep the process from going on: until they are right it goes by those before, and nobody is
    /// erased from the log.
    ///
    /// - Parameter instance: As which the log was opened, when it is not the process's instance.
    public init(
        _ process: ServiceProcess,
        log: any MessageLog,
        of instance: String? = nil,
        rules: IdentityRulesFile
    ) throws {
        let key = try SuppressionKey.configured(orIn: process.options.data)
        control = ControlFollower(log: log, key: key, readiness: process.readiness)
        gate = SuppressionGate(control: control) { rules.usableRules }
        self.log = log
        self.instance = instance ?? process.instance
        data = process.options.data
        self.rules = rules
        do throws(IdentityRulesFileError) {
            _ = try rules.rules()
        } catch {
            process.logger.warning("The identity rules are wrong", metadata: ["error": "\(error)"])
        }
    }

    /// Takes persons out of the process's lanes, and out of its store by `cleanStore`; one of the services to run.
    ///
    /// Copies of stores that a backup has left behind go as well.
    public func eraser(
        cleanStore: @escaping @Sendable ([Suppression]) async throws -> Void = { _ in }
    ) -> LaneEraser {
        let (rules, data) = (rules, data)
        return LaneEraser(
            log: log,
            instance: instance,
            control: control,
            rules: { try rules.rules() },
            cleanStore: { people in
                BackupStaging.removeAbandoned(in: data)
                try await cleanStore(people)
            }
        )
    }

    /// Takes persons out of other lanes that are this process's to look after, for as long as they are.
    public func eraser(
        from log: any MessageLog,
        of instance: String,
        cleanStore: @escaping @Sendable ([Suppression]) async throws -> Void = { _ in }
    ) -> LaneEraser {
        let rules = rules
        return LaneEraser(
            log: log,
            instance: instance,
            control: control,
            rules: { try rules.rules() },
            cleanStore: cleanStore
        )
    }

    /// The identity rules that hold now, whatever people write into the file.
    public var identityRules: Rules { rules.usableRules }

    /// Whether persons are to be taken out of what an instance has on the log.
    public func isWaiting(for instance: String) -> Bool { !control.erasures(waitingFor: instance).isEmpty }

    /// Takes persons out of the lanes of an instance that is gone, as which the log was opened.
    public func erase(from log: any MessageLog, of instance: String) async throws {
        try await eraser(from: log, of: instance).eraseOnce()
    }

    /// Takes persons out of the lanes of instances that are gone for good; one of the services to run.
    ///
    /// - Parameter open: Opens the log as another instance.
    public func retiredLanes(
        open: @escaping @Sendable (_ instance: String) async throws -> any MessageLog
    ) -> RetiredLanes {
        RetiredLanes(log: log, control: control, open: open) { lanes, instance in
            try await erase(from: lanes, of: instance)
        }
    }

    /// What tells of the person of a suppression.
    public func traces(of suppression: Suppression) -> PersonTraces {
        let text = control.book.erasures[suppression.id]?.forgotten?.rules
        let known = text.flatMap { try? Rules(yaml: $0) }
        return PersonTraces(
            identifiers: suppression.identifiers,
            profileIDs: suppression.profileIDs,
            rules: known ?? rules.usableRules
        )
    }
}
