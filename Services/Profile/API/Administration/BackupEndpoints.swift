import HTTPTypes
import ServiceKit
import Store

extension ProfileAPI {
    /// Copying the store while it is in use.
    var backupEndpoints: [Endpoint] {
        let name = PathParameter(
            name: "name",
            summary: "The folder that the copy is put into, in the folder “backups” of the data directory.",
            example: "2026-01-31",
            pattern: "^[a-z0-9-]{1,64}$"
        )
        return [
            Endpoint(
                method: .put,
                path: "/v1/backups/{name}",
                name: "createBackup",
                summary: "Copy the store of this service as it is now; `kith backup` copies all there is.",
                scope: .admin,
                pathParameters: [name],
                answer: .json("Backup", "The copy is there."),
                isStream: true,
                action: .administration("backups.create", createBackup)
            )
        ]
    }

    private func createBackup(_ call: Call) async throws -> Administered {
        let inUse = inUse
        let desk = BackupDesk(data: data, file: "profile.sqlite") { path in
            try inUse.view.reader.copy(to: path)
        }
        return try await desk.made(named: call.path["name"] ?? "")
    }
}
