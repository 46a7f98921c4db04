public import Hummingbird

extension ServiceProcess {
    /// A router that answers what every service is asked, and to which its own routes are to be added.
    ///
    /// - Parameters:
    ///   - descriptions: What the service's own metrics mean, by their names.
    ///   - measurements: What else is measured whenever somebody asks for the metrics.
    ///   - errors: Answers for what a request throws.
    public func makeRouter(
        describing descriptions: [String: String],
        measuring measurements: [Measurement] = [],
        errors: ErrorMiddleware<BasicRequestContext> = ErrorMiddleware()
    ) -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.add(middleware: RequestMiddleware(service: name))
        router.add(middleware: errors)
        router.addOperationRoutes(
            readiness: readiness,
            measuring: [commonMeasurement(describing: descriptions)] + measurements
        )
        return router
    }

    /// Adds what an administrator may do with a service that has a store: change its level of logging, and back the store up.
    ///
    /// - Parameter copy: Writes a copy of the store to a path.
    public func addDesks(
        to router: Router<BasicRequestContext>,
        trail: AuditTrail,
        copyingStore copy: @escaping @Sendable (_ path: String) throws -> Void
    ) {
        LogLevelDesk(service: name).addRoutes(to: router, trail: trail)
        BackupDesk(data: options.data, file: "\(instance).sqlite", copy: copy).addRoutes(to: router, trail: trail)
    }
}
