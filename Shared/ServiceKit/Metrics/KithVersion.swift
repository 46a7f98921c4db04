/// Which Kith this is.
public enum KithVersion {
    /// As semantic versioning has it.
    public static let current = "0.1.0"
}
