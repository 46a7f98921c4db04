import Glibc

/// The services of an earlier `kith up` that was killed: they are stopping, and their lanes are theirs until they have.
struct Leftovers {
    let directory: DataDirectory

    /// Returns once they are gone; those that take longer than ten seconds are ended.
    func cleared() async {
        for (service, process) in running() {
            for _ in 0..<200 where isRunning(process, as: service) {
                try? await Task.sleep(for: .milliseconds(50))
            }
            if isRunning(process, as: service) { kill(process, SIGKILL) }
        }
    }

    private func running() -> [(ServiceName, pid_t)] {
        ServiceName.allCases.compactMap { service in
            guard let bytes = try? Files.read(directory.processFile(of: service)),
                let process = pid_t(String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" }), process > 1,
                isRunning(process, as: service)
            else { return nil }
            return (service, process)
        }
    }

    /// Whether the process is that service on this directory, and not another that was given the same number later.
    private func isRunning(_ process: pid_t, as service: ServiceName) -> Bool {
        guard let bytes = try? Files.read("/proc/\(process)/cmdline") else { return false }
        let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        guard let program = words.first else { return false }
        return program.hasSuffix("/\(service.rawValue)") && words.contains(directory.path)
    }
}
