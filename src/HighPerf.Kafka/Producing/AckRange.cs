using System.Runtime.ExceptionServices;

namespace HighPerf.Kafka.Producing;

/// <summary>Slots of one block that are told together, where a batch does not have the whole chain any more: it was divided, or is a part.</summary>
/// <param name="First">The first slot.</param>
/// <param name="FirstIndex">The place of the batch's first record among those for which the slots were taken.</param>
/// <param name="Error">Why just these records failed; null: what became of the batch became of them.</param>
internal readonly record struct AckRange(AckBlock Block, int First, int Count, int FirstIndex, ExceptionDispatchInfo? Error = null);
