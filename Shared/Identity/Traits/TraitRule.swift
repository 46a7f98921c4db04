/// Which of the values that were seen of a trait counts.
///
/// Whatever the rule, a null clears the values seen before it, and an answer that only holds while there is no other
/// gives way to any other.
public enum TraitRule: Sendable, Hashable {
    /// The one seen last.
    case last
    /// The one seen first.
    case first
    /// The greatest number; of texts, the last in the order of their bytes.
    case max
    /// The least number; of texts, the first in the order of their bytes.
    case min
    /// All of them, what means the same once, in a list; a value that is a list itself adds its elements.
    case union
    /// The one with the most characters.
    case longest
    /// The one from the source that stands first here, and of one source's the last; other sources come after all of these.
    case trusted([String])
}
