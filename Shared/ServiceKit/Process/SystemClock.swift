public import Events
import Glibc

/// The wall clock; the only place where a service reads it.
public enum SystemClock {
    /// The present moment.
    public static func now() -> Timestamp {
        // Not clock_gettime: its timespec is taken for NIO's wherever a file compiled beside this one imports that first.
        var time = timeval()
        gettimeofday(&time, nil)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_usec))
    }
}
