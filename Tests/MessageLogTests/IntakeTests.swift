import Testing

@testable import MessageLog

@Suite("The intake of a lane")
struct IntakeTests {
    @Test("admits nobody before the lane is open")
    func closedAtFirst() {
        let intake = Intake(limit: 100)
        #expect(intake.reserve(1) == .notOpen)
    }

    @Test("refuses what exceeds the limit, but lets one alone exceed it")
    func limit() async {
        let intake = Intake(limit: 100)
        intake.open()
        #expect(intake.reserve(500) == .admitted)
        #expect(intake.reserve(1) == .refused(.overloaded(pendingBytes: 500)))
        intake.release(500)
        #expect(intake.reserve(60) == .admitted)
        #expect(intake.reserve(40) == .admitted)
        #expect(intake.reserve(1) == .refused(.overloaded(pendingBytes: 100)))
        intake.release(60)
        #expect(intake.reserve(60) == .admitted)
    }

    @Test("hands out groups no larger than asked for, and at least one append")
    func groups() async {
        let intake = Intake(limit: 1000)
        intake.open()
        await withTaskGroup { tasks in
            for bytes in [50, 30, 30, 90, 5] {
                await withCheckedContinuation { (offered: CheckedContinuation<Void, Never>) in
                    tasks.addTask {
                        _ = await withCheckedContinuation { caller in
                            let entry = EncodedAppend([], size: 0, sequence: nil).padded(to: bytes)
                            _ = intake.offer(Intake.Waiting(entry: entry, caller: caller))
                            offered.resume()
                        }
                    }
                }
            }
            let sizes = (0..<4).map { _ in take(from: intake, 80) }
            #expect(sizes == [[50, 30], [30], [90], [5]])
        }
    }

    @Test("refuses everybody with the reason once it has ended")
    func ended() {
        let intake = Intake(limit: 100)
        intake.open()
        intake.end(.syncFailed(errno: 5), finishingWaiting: false)
        #expect(intake.reserve(1) == .refused(.syncFailed(errno: 5)))
    }

    private func take(from intake: Intake, _ bytes: Int) -> [Int] {
        let group = intake.take(bytes)
        for waiting in group { waiting.caller.resume(returning: .success(.at(0))) }
        return group.map(\.entry.payload.count)
    }
}

extension EncodedAppend {
    fileprivate func padded(to bytes: Int) -> EncodedAppend {
        var padded = self
        padded.payload = Array(repeating: 0, count: bytes)
        return padded
    }
}
