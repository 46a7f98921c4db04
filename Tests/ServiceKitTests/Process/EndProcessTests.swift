import Glibc
import ServiceKit
import Testing

@Suite("The end of a process")
struct EndProcessTests {
    @Test("no library cleans up then, as OpenSSL would what threads still use")
    func handlers() async {
        await #expect(processExitsWith: .exitCode(3)) {
            atexit { abort() }
            endProcess(with: 3)
        }
    }
}
