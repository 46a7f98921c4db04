import ConnectorKit
import Events
import Glibc
import Logging
import ServiceKit

/// A tap in a virtual environment of its own, so that what it requires cannot contradict another's requirements.
///
/// The folder holds `venv/`, and `requirements.txt`: what was installed, to the version, for the next machine.
struct TapInstallation: Sendable {
    let folder: String
    /// As pip takes it, such as `tap-intercom==2.2.5`.
    let requirement: String
    let executable: String
    let python: String

    private var environment: String { "\(folder)/venv" }
    private var note: String { "\(environment)/kith-requirement" }
    private var frozen: String { "\(folder)/requirements.txt" }

    /// The tap's program.
    var program: String { "\(environment)/bin/\(executable)" }

    /// What is installed, to tell one state of it from another; `nil` when nothing is.
    var state: String? {
        guard (try? Folder.text(of: note)) == requirement else { return nil }
        return try? Folder.text(of: frozen)
    }

    /// Installs it unless it is there as it should be.
    func install(by runner: TapProgram) async throws {
        guard state == nil else { return try requireProgram() }
        Logger.current.info("Installing a tap", metadata: ["tap.requirement": "\(requirement)"])
        Folder.remove(environment)
        // The first folder in a data directory that is not there yet is made with it, and nobody else's to look into.
        try Folder.make(folder, mode: 0o750)
        try await make(by: runner)
        let isKnown = (try? Folder.text(of: frozen))?.hasPrefix(heading) ?? false
        let pip = "\(environment)/bin/python"
        let what = isKnown ? ["--requirement", frozen] : [requirement]
        try await runner.run(pip, ["-m", "pip", "install", "--progress-bar", "off"] + what) { _ in }
        let versions = Lines()
        try await runner.run(pip, ["-m", "pip", "freeze"]) { await versions.add($0) }
        unlink(frozen)
        try Folder.write(heading + (await versions.text), to: frozen)
        try requireProgram()
        try Folder.write(requirement, to: note)
    }

    private var heading: String { "# \(requirement)\n" }

    private func make(by runner: TapProgram) async throws {
        do {
            try await runner.run("/usr/bin/env", [python, "-m", "venv", environment]) { _ in }
        } catch let failure as ConnectorFailure {
            let hint = "Taps need Python 3 with its module venv (Debian: apt install python3-venv)."
            throw ConnectorFailure(.configuration, "\(failure.problem) \(hint)")
        }
    }

    private func requireProgram() throws {
        guard !Folder.exists(program) else { return }
        let known = Folder.names(in: "\(environment)/bin").filter { $0.hasPrefix("tap") }
        let there =
            known.isEmpty ? "it has no program that begins with “tap”" : "it has \(known.joined(separator: ", "))"
        throw ConnectorFailure(.configuration, "“\(requirement)” has no program “\(executable)”; \(there).")
    }
}

/// Lines that are collected.
actor Lines {
    private var bytes: [UInt8] = []

    func add(_ line: [UInt8]) { bytes += line + [UInt8(ascii: "\n")] }

    var all: [UInt8] { bytes }
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Where the taps' folders are.
enum TapFolders {
    /// The folder of the source of this name.
    static func folder(of source: String, in data: String) -> String { "\(data)/taps/\(source)" }
}
