namespace HighPerf.Kafka.Tests.Producing.Stress;

/// <summary>What holds under the options of a run.</summary>
/// <param name="MayDouble">Whether retries may write a record twice.</param>
/// <param name="MayReorder">Whether a record may stand behind a younger one of its key.</param>
/// <param name="KeepsAcknowledged">Whether what was acknowledged is in the log.</param>
/// <param name="KeepsTaken">Whether everything that was taken is in the log, because nothing refuses it for good.</param>
internal sealed record StressPromise(bool MayDouble = false, bool MayReorder = false, bool KeepsAcknowledged = true, bool KeepsTaken = false);
